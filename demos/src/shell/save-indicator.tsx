import { useSyncStatus } from "driftdb-react";
import { useEffect, useState } from "react";

/**
 * How long something may be on its way before it is worth a word, in ms: what is saved at once does not
 * flicker.
 */
const PATIENCE = 400;

/** Says whether the server has everything that was done here. Empty until something was done. */
export function SaveIndicator() {
  const { pending, lastAck, state } = useSyncStatus();
  const waits = pending > 0;
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [waits]);

  return (
    <span role="status" className={late ? "saving" : undefined}>
      {late ? (
        <>
          Not saved yet
          {/* It is the sentence that is worth being read out, not each step of the number. */}
          <span aria-hidden="true"> ({pending})</span>
        </>
      ) : state === "error" && !waits ? (
        "Not saved"
      ) : (
        lastAck !== null && "Saved"
      )}
    </span>
  );
}

import { useSyncStatus } from "driftdb-react";
import { useEffect, useState } from "react";

/** Milliseconds that a save may take before the indicator shows it, so that fast saves do not flicker. */
const DELAY_MS = 400;

/** Shows whether the server has acknowledged all changes of this page. Empty before the first change. */
export function SaveIndicator() {
  const { pending, lastAck, state } = useSyncStatus();
  const isPending = pending > 0;
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    if (!isPending) return;
    const timer = setTimeout(() => setIsLate(true), DELAY_MS);
    return () => {
      clearTimeout(timer);
      setIsLate(false);
    };
  }, [isPending]);

  return (
    <span role="status" className={isLate ? "saving" : undefined}>
      {isLate ? (
        <>
          Not saved yet
          {/* Screen readers read the sentence once, and not each change of the number. */}
          <span aria-hidden="true"> ({pending})</span>
        </>
      ) : state === "error" && !isPending ? (
        "Not saved"
      ) : (
        lastAck !== null && "Saved"
      )}
    </span>
  );
}

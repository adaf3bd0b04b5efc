import { useConnectionStatus } from "driftdb-react";
import { useEffect, useRef, useState } from "react";

const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

/** Shows the room's link, for another window or a phone. */
export function Share() {
  // The provider puts the room into the address before it connects. Each change of the status renders this
  // component, which then reads the link again.
  useConnectionStatus();
  const link = location.search.includes("_driftdb_room=") ? location.href : undefined;
  const [isCopied, setIsCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy() {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(location.href);
      setIsCopied(true);
    } catch {
      // Pages without https have no clipboard. The link is selected, so the user can copy it by hand.
    }
  }

  return (
    <section className="share" aria-labelledby="share-title">
      <h2 id="share-title">Share this room</h2>
      <p>
        Open the link in a second window{isLoopback ? "" : " or on your phone"}. Everybody with the link can
        join the room and change everything in it.
      </p>
      <div className="share-row">
        <input
          ref={field}
          readOnly
          aria-label="Link to this room"
          value={link ?? "Looking for a room …"}
          onFocus={(event) => event.target.select()}
        />
        <button type="button" className="button" onClick={copy} disabled={link === undefined}>
          {isCopied ? "Copied" : "Copy link"}
        </button>
        <a className="button" href={link} target="_blank" rel="noreferrer">
          New window
        </a>
      </div>
      {isLoopback && (
        <p className="hint">
          To use your phone, start the demos with <code>npm run demo -- --host 0.0.0.0</code>. Then open the
          address that it prints.
        </p>
      )}
    </section>
  );
}

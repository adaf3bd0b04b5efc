import { useDatabaseFor } from "../room/context.js";
import { latencyStore } from "../stores/latency-store.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

/**
 * Returns how long the server takes to answer. The first measurement is made when the connection opens, the
 * others every 5 s while the page is visible. All components of a page share them.
 *
 * @returns Whole milliseconds; null before the first answer, without a connection, and on the server.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useLatency } from "driftdb-react";
 *
 * export function Latency() {
 *   const ms = useLatency();
 *   return <p>{ms === null ? "…" : `${ms} ms`}</p>;
 * }
 * ```
 */
export function useLatency(): number | null {
  const db = useDatabaseFor("useLatency");
  return useStore(
    db,
    sharedStore(db, "l", () => latencyStore(db)),
    () => null,
  );
}

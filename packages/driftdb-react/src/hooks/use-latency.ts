import { useDatabaseFor } from "../room/context.js";
import { latencyStore } from "../stores/latency-store.js";
import { sharedStore } from "../stores/shared-stores.js";
import { useStore } from "../stores/use-store.js";

/**
 * How long the server takes to answer, in whole milliseconds: measured at once when there is a connection, then every
 * 5 s while the page is visible, once for all components of a page.
 *
 * @returns The milliseconds; null before the first answer, without a connection, and on the server.
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useLatency(): number | null {
  const db = useDatabaseFor("useLatency");
  return useStore(
    db,
    sharedStore(db, "l", () => latencyStore(db)),
    () => null,
  );
}

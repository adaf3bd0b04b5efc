import type { SyncStatus } from "driftdb";
import { useDatabaseFor } from "../room/context.js";
import { useStore } from "../stores/use-store.js";

/** The status on the server, and before the user has done anything. */
const NOTHING: SyncStatus = { pending: 0, lastAck: null, state: "offline" };

/**
 * Returns how much of this client's work the server has not acknowledged: the number of `pending` messages,
 * the time of the last acknowledgement (`lastAck`), and a `state` of `"synced"`, `"saving"`, `"offline"` or
 * `"error"` (with `error`).
 *
 * Show "Not saved yet" while `pending > 0`. In an effect, `warnBeforeUnload(useDatabase())` of `driftdb`
 * makes the browser ask before the user leaves such a page.
 *
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useSyncStatus } from "driftdb-react";
 *
 * export function Saved() {
 *   const { pending } = useSyncStatus();
 *   return <p>{pending > 0 ? "Not saved yet" : "Saved"}</p>;
 * }
 * ```
 */
export function useSyncStatus(): SyncStatus {
  const db = useDatabaseFor("useSyncStatus");
  return useStore(db, db.sync, () => NOTHING);
}

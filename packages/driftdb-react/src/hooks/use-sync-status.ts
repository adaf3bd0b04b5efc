import type { SyncStatus } from "driftdb";
import { useDatabaseFor } from "../room/context.js";
import { useStore } from "../stores/use-store.js";

/** What is true before anything was done, and on the server. */
const NOTHING: SyncStatus = { pending: 0, lastAck: null, state: "offline" };

/**
 * How much of what was done here the server is not known to have: `pending` messages, when the last one was
 * acknowledged, and a `state` of `"synced"`, `"saving"`, `"offline"` or `"error"` (with `error`). "Not saved yet" is
 * `pending > 0`. `warnBeforeUnload(useDatabase())` of `driftdb`, in an effect, has the browser ask before such a page is left.
 *
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useSyncStatus(): SyncStatus {
  const db = useDatabaseFor("useSyncStatus");
  return useStore(db, db.sync, () => NOTHING);
}

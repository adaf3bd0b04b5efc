import type { ConnectionStatus } from "driftdb";
import { useDatabaseFor } from "../room/context.js";
import { CONNECTING, statusStore } from "../room/status-store.js";
import { useStore } from "../stores/use-store.js";

/**
 * Whether the provider's room is connected, and if not, why: `{connected: true}`, or
 * `{connected: false, reason, error?}`. It is right from the first render on. Not only the socket counts: a room
 * that does not exist is `"refused"` with a `RoomNotFoundError`, and a server that does not answer is
 * `"connecting"` with a `ServerUnreachableError` until it does. On the server it is `"connecting"`.
 *
 * @throws Error if there is no {@link DriftDBProvider} above the component.
 */
export function useConnectionStatus(): ConnectionStatus {
  const db = useDatabaseFor("useConnectionStatus");
  return useStore(db, statusStore(db), () => CONNECTING);
}

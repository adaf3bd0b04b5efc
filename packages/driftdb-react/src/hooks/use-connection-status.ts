import type { ConnectionStatus } from "driftdb";
import { useDatabaseFor } from "../room/context.js";
import { CONNECTING, statusStore } from "../room/status-store.js";
import { useStore } from "../stores/use-store.js";

/**
 * Returns whether the provider's room is connected, and if not, why. It is right from the first render on.
 *
 * The status covers the room and its server, not only the socket: if the room does not exist, the reason is
 * `"refused"` and the error a `RoomNotFoundError`. While the server does not answer, the reason is
 * `"connecting"` and the error a `ServerUnreachableError`.
 *
 * @returns `{connected: true}`, or `{connected: false, reason, error?}`. On the server, the reason is
 *   `"connecting"`.
 * @throws {Error} without a {@link DriftDBProvider} above the component.
 *
 * @example
 * ```tsx
 * import { useConnectionStatus } from "driftdb-react";
 *
 * export function Status() {
 *   const { connected, error } = useConnectionStatus();
 *   if (connected) return <p>Connected</p>;
 *   return <p>{error ? error.message : "Connecting…"}</p>;
 * }
 * ```
 */
export function useConnectionStatus(): ConnectionStatus {
  const db = useDatabaseFor("useConnectionStatus");
  return useStore(db, statusStore(db), () => CONNECTING);
}

import { type ReactElement, type ReactNode, useEffect, useInsertionEffect, useRef, useState } from "react";
import { shallowEqual } from "../stores/shallow-equal.js";
import { DatabaseContext } from "./context.js";
import { RoomSession } from "./room-session.js";

/** The props of {@link DriftDBProvider}. */
export interface DriftDBProviderProps {
  /** The components that use the hooks. */
  readonly children?: ReactNode;
  /** The server's URL, as `driftdb-server` prints it, or a path on the page's server, such as `/db/`. */
  readonly api: string;
  /**
   * The room's id. Without it, the page's URL names the room (`?_driftdb_room=…`); if it does not, the
   * provider creates a room and puts it there. Several such providers of one page share a room. With an id,
   * the provider neither reads nor changes the page's URL.
   */
  readonly room?: string | undefined;
  /** Whether to speak CBOR, so that values may hold bytes (`Uint8Array`). Default false: JSON. */
  readonly useBinary?: boolean | undefined;
  /**
   * Called when the room does not exist, the server cannot be reached (once for each outage) or the server
   * refuses a message. Most errors are a `DriftDBError`, which has a `code`. Default: `console.error`. To
   * show the user a connection's state, use {@link useConnectionStatus}.
   */
  readonly onError?: ((error: Error) => void) | undefined;
}

/**
 * Connects the components inside it to one room. It keeps one socket to the room, and connects again when the
 * socket is lost or the server was away. After a change of `api`, `room` or `useBinary`, the hooks start in
 * the new room with their initial values. The connection ends when the provider unmounts.
 *
 * @example
 * ```tsx
 * import { DriftDBProvider, useSharedState } from "driftdb-react";
 *
 * function Slider() {
 *   const [value, setValue] = useSharedState("slider", 50);
 *   return <input type="range" value={value} onChange={(event) => setValue(event.target.valueAsNumber)} />;
 * }
 *
 * export function App() {
 *   return (
 *     <DriftDBProvider api="http://127.0.0.1:8080/">
 *       <Slider />
 *     </DriftDBProvider>
 *   );
 * }
 * ```
 */
export function DriftDBProvider(props: DriftDBProviderProps): ReactElement {
  const { children, api, room, useBinary = false, onError } = props;
  const target = { api, room, useBinary };
  const latest = useRef(onError);
  // On commit, so that an abandoned render leaves no trace, and before the effect below.
  useInsertionEffect(() => {
    latest.current = onError;
  });
  // State instead of a memo: React keeps state through a hot reload.
  let [session, setSession] = useState(() => new RoomSession(target));
  if (!shallowEqual(session.target, target)) {
    session = new RoomSession(target);
    setSession(session);
  }
  useEffect(() => {
    // In a task of its own, so that an error that the application's function throws is the application's.
    session.start((error) => queueMicrotask(() => (latest.current ?? console.error)(error)));
    return () => session.stop();
  }, [session]);
  return <DatabaseContext.Provider value={session.db}>{children}</DatabaseContext.Provider>;
}

import { type ReactElement, type ReactNode, useEffect, useState } from "react";
import { useLatest } from "../stores/use-latest.js";
import { DatabaseContext } from "./context.js";
import { RoomSession } from "./room-session.js";

/** What {@link DriftDBProvider} takes. */
export interface DriftDBProviderProps {
  /** What the hooks are used in. */
  readonly children?: ReactNode;
  /** The server's URL, as `driftdb-server` prints it. A relative one, such as `/db/`, counts from the page's. */
  readonly api: string;
  /**
   * The room's id. Without it, the room is the one of the page's URL (`?_driftdb_room=…`), or a new one that is put
   * there; several providers of one page then share it. With it, the page's URL is neither read nor changed.
   */
  readonly room?: string | undefined;
  /** Speak CBOR, so that values may hold bytes (`Uint8Array`). Default false: JSON. */
  readonly useBinary?: boolean | undefined;
  /**
   * Called when the room does not exist, the server cannot be reached (once for each time that it is away) or
   * refuses a message, mostly with a `DriftDBError`, which has a `code`. Default: `console.error`.
   * {@link useConnectionStatus} is what the user is shown.
   */
  readonly onError?: ((error: Error) => void) | undefined;
}

/**
 * Connects what is inside it to one room, which the hooks then use. It keeps one socket to the room, and dials
 * again when that is lost or the server is away. A changed `api`, `room` or `useBinary` is followed at once: the
 * hooks start anew with their initial values. The connection ends with the provider.
 */
export function DriftDBProvider(props: DriftDBProviderProps): ReactElement {
  const { children, api, room, useBinary = false, onError } = props;
  const latest = useLatest(onError);
  // A state and no memo: React keeps it in a hot reload, too.
  let [session, setSession] = useState(() => new RoomSession(api, room, useBinary));
  if (session.api !== api || session.room !== room || session.useBinary !== useBinary) {
    session = new RoomSession(api, room, useBinary);
    setSession(session);
  }
  useEffect(() => {
    // In a task of its own: an error thrown by the application's function is the application's.
    session.start((error) => queueMicrotask(() => (latest.current ?? console.error)(error)));
    return () => session.stop();
  }, [session, latest]);
  return <DatabaseContext.Provider value={session.db}>{children}</DatabaseContext.Provider>;
}

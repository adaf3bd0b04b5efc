import type { ConnectionStatus, DbConnection, Store } from "driftdb";
import { sharedStore } from "../stores/shared-stores.js";

/** The status on the server, and before a provider's effects have run. */
export const CONNECTING: ConnectionStatus = { connected: false, reason: "connecting" };

/**
 * The connection status that the user sees. The connection knows only its socket. The provider also knows
 * whether the room was found and the server reached: its status overrides the connection's.
 */
export interface StatusStore extends Store<ConnectionStatus> {
  /** The provider's room, once it is given or found. A change of the status follows. */
  room?: string | undefined;
  /** Overrides the connection's own status; undefined ends that. */
  override(status: ConnectionStatus | undefined): void;
}

/** Returns the status store of a connection. Each connection has one. */
export function statusStore(db: DbConnection): StatusStore {
  return sharedStore(db, "c", () => createStatusStore(db));
}

function createStatusStore(db: DbConnection): StatusStore {
  const listeners = new Set<() => void>();
  let overriding: ConnectionStatus | undefined;
  const getSnapshot = () => overriding ?? db.status;

  return {
    getSnapshot,
    subscribe(listener) {
      const notify = () => listener(getSnapshot());
      listeners.add(notify);
      const undo = db.statusListener.subscribe(notify);
      return () => {
        undo();
        listeners.delete(notify);
      };
    },
    override(status) {
      overriding = status;
      for (const notify of listeners) notify();
    },
  };
}

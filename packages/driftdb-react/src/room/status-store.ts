import type { ConnectionStatus, DbConnection, Store } from "driftdb";
import { sharedStore } from "../stores/shared-stores.js";

/** Before a provider's effects have run, and on the server. */
export const CONNECTING: ConnectionStatus = { connected: false, reason: "connecting" };

/**
 * What the user sees of a connection. The connection knows its socket only: what the provider knows of the room and
 * its server, not found or not reached, stands in front.
 */
export interface StatusStore extends Store<ConnectionStatus> {
  /** The provider's room, once it was given or found; a status follows. */
  room?: string | undefined;
  /** Puts a status in front of the connection's own; undefined takes it away. */
  putInFront(status: ConnectionStatus | undefined): void;
}

/** The status store of a connection: one for each, whoever asks. */
export function statusStore(db: DbConnection): StatusStore {
  return sharedStore(db, "c", () => createStatusStore(db));
}

function createStatusStore(db: DbConnection): StatusStore {
  const listeners = new Set<() => void>();
  let inFront: ConnectionStatus | undefined;
  const getSnapshot = () => inFront ?? db.status;

  return {
    getSnapshot,
    subscribe(listener) {
      const tell = () => listener(getSnapshot());
      listeners.add(tell);
      const undo = db.statusListener.subscribe(tell);
      return () => {
        undo();
        listeners.delete(tell);
      };
    },
    putInFront(status) {
      inFront = status;
      for (const tell of listeners) tell();
    },
  };
}

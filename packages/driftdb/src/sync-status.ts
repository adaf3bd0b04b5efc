import { Emitter } from "./emitter.js";
import type { Store } from "./store.js";

/** What a user interface may say of what its user has done. */
export interface SyncStatus {
  /** How many messages the server is not known to have, those that wait for a connection included. */
  readonly pending: number;
  /** When the server last acknowledged one, in milliseconds since 1970; null if it never did. */
  readonly lastAck: number | null;
  /**
   * - `synced`: connected, and the server has everything.
   * - `saving`: connected, and the server does not have everything yet.
   * - `offline`: not connected; what is pending waits in memory.
   * - `error`: the connection, or the newest message, was refused; `error` says why.
   */
  readonly state: "synced" | "saving" | "offline" | "error";
  readonly error?: Error;
}

/** A store of a connection's SyncStatus, which stays the same object until something of it changes. */
export class SyncStore implements Store<SyncStatus> {
  #status: SyncStatus = { pending: 0, lastAck: null, state: "offline" };
  readonly #changed = new Emitter<void>();

  readonly subscribe = (onChange: () => void): (() => void) => this.#changed.addListener(() => onChange());

  readonly getSnapshot = (): SyncStatus => this.#status;

  /** @internal */
  update(pending: number, lastAck: number | null, connected: boolean, error: Error | undefined): void {
    const state = error ? "error" : !connected ? "offline" : pending ? "saving" : "synced";
    const was = this.#status;
    if (was.pending === pending && was.lastAck === lastAck && was.state === state && was.error === error) {
      return;
    }
    this.#status = { pending, lastAck, state, ...(error && { error }) };
    this.#changed.dispatch();
  }
}

/**
 * Has the browser ask before the page is left while there is something that the server is not known to have.
 *
 * A page with such a listener is not kept for the back button, so that it is only there while it is needed.
 *
 * @param db a DbConnection.
 * @returns the undo.
 */
export function warnBeforeUnload(db: { readonly sync: Store<SyncStatus> }): () => void {
  const warn = (event: Event) => event.preventDefault();
  const update = () => {
    const { pending } = db.sync.getSnapshot();
    globalThis[pending ? "addEventListener" : "removeEventListener"]?.("beforeunload", warn);
  };
  const undo = db.sync.subscribe(update);
  update();
  return () => {
    undo();
    globalThis.removeEventListener?.("beforeunload", warn);
  };
}

import type { Store } from "../observable/store.js";
import type { Value } from "../observable/value.js";
import type { ClientSession } from "./client-session.js";

/** Whether the server has what the user did. */
export interface SyncStatus {
  /** How many messages the server has not acknowledged, those that wait for a connection included. */
  readonly pending: number;
  /** When the server last acknowledged a message, in milliseconds since 1970; null if it never did. */
  readonly lastAck: number | null;
  /**
   * - `synced`: connected, and the server has everything.
   * - `saving`: connected, and the server does not have everything yet.
   * - `offline`: not connected; pending messages wait in memory.
   * - `error`: the connection, or the newest message, was refused; `error` says why.
   */
  readonly state: "synced" | "saving" | "offline" | "error";
  readonly error?: Error;
}

/** Brings the status up to date. It stays the same object while nothing of it changes. */
export function updateSync(
  sync: Value<SyncStatus>,
  { outbox: { pending }, lastAck, error: refused }: Pick<ClientSession, "outbox" | "lastAck" | "error">,
  { connected, error = refused }: { readonly connected: boolean; readonly error?: Error | undefined },
): void {
  const state = stateOf(pending, connected, error);
  const was = sync.value;
  if (was.pending === pending && was.lastAck === lastAck && was.state === state && was.error === error) {
    return;
  }
  sync.value = { pending, lastAck, state, ...(error && { error }) };
  sync.dispatch(sync.value);
}

function stateOf(pending: number, isConnected: boolean, error: unknown): SyncStatus["state"] {
  if (error) return "error";
  if (!isConnected) return "offline";
  return pending ? "saving" : "synced";
}

/**
 * Lets the browser ask before the user leaves the page while the server has not acknowledged everything.
 *
 * Browsers do not keep a page with a `beforeunload` listener for the back button, so the listener is there
 * only while it is needed.
 *
 * @returns the undo.
 *
 * @example
 * const undo = warnBeforeUnload(db);
 */
export function warnBeforeUnload(db: { readonly sync: Store<SyncStatus> }): () => void {
  const warn = (event: Event) => event.preventDefault();
  const undo = db.sync.subscribe(({ pending }) => {
    globalThis[pending ? "addEventListener" : "removeEventListener"]?.("beforeunload", warn);
  });
  return () => {
    undo();
    globalThis.removeEventListener?.("beforeunload", warn);
  };
}

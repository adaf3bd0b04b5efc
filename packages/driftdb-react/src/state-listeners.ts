import { type DbConnection, StateListener } from "driftdb";

/**
 * The shared state of each connection, by key, so that all components of a page that use a key look at one value
 * and cost one request. An entry stays as long as its connection: a component that comes back shows the last known
 * value at once, and a room has 1,000 keys at most.
 */
const listeners = new WeakMap<DbConnection, Map<string, StateListener<unknown>>>();

/** The listener of a key on a connection. It does nothing until a component subscribes to it. */
export function stateListener<T>(db: DbConnection, key: string): StateListener<T> {
  const byKey = listeners.get(db) ?? new Map<string, StateListener<unknown>>();
  listeners.set(db, byKey);
  const listener = byKey.get(key) ?? new StateListener<unknown>({ db, key });
  byKey.set(key, listener);
  // What a key holds is what the components that use it agree on; nothing here can check it.
  return listener as StateListener<T>;
}

/** Sends what the listeners of a connection hold back, and stops them; whoever subscribes again starts them. */
export function endStateListeners(db: DbConnection): void {
  for (const listener of listeners.get(db)?.values() ?? []) listener.destroy();
}

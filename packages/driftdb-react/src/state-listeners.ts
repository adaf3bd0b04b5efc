import { type DbConnection, StateListener } from "driftdb";
import { parser, type StandardSchema } from "./standard-schema.js";

type ByKey = Map<string, StateListener<unknown>>;

/**
 * The shared state of each connection, by schema, if there is one, and key, so that all components of a page that use
 * a key look at one value and cost one request. An entry stays as long as its connection: a component that comes back
 * shows the last known value at once, and a room has 1,000 keys at most.
 */
const listeners = new WeakMap<DbConnection, Map<StandardSchema | undefined, ByKey>>();

/** The listener of a key on a connection. It does nothing until a component subscribes to it. */
export function stateListener<T, Input>(
  db: DbConnection,
  key: string,
  schema: StandardSchema<unknown, T> | undefined,
): StateListener<T, Input> {
  const bySchema = listeners.get(db) ?? new Map<StandardSchema | undefined, ByKey>();
  listeners.set(db, bySchema);
  const byKey: ByKey = bySchema.get(schema) ?? new Map();
  bySchema.set(schema, byKey);
  const listener = byKey.get(key) ?? new StateListener<unknown>({ db, key, parse: parser(schema) });
  byKey.set(key, listener);
  // What a key holds is what the components that use it agree on; without a schema, nothing here can check it.
  return listener as StateListener<T, Input>;
}

/** Sends what the listeners of a connection hold back, and stops them; whoever subscribes again starts them. */
export function endStateListeners(db: DbConnection): void {
  for (const byKey of listeners.get(db)?.values() ?? [])
    for (const listener of byKey.values()) listener.destroy();
}

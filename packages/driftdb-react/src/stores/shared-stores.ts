import type { DbConnection } from "driftdb";

/** What components share. */
interface Shared {
  destroy?: (() => void) | undefined;
}

/** The stores of each connection, by schema, if there is one, and by what they are of. */
const stores = new WeakMap<DbConnection, Map<unknown, Map<string, Shared>>>();

/**
 * A store that all components of a page share, so that those that use the same key look at one value and cost one
 * request. It does nothing until a component subscribes to it. It stays as long as its connection: a component that
 * comes back shows the last known value at once, and a room has 1,000 keys at most.
 *
 * @param id - The kind of store, in a letter, and its key, if it has one.
 * @param make - Makes it, for the first who asks.
 * @param schema - What its values are checked by.
 */
export function sharedStore<Store extends object>(
  db: DbConnection,
  id: string,
  make: () => Store,
  schema?: unknown,
): Store {
  const bySchema = stores.get(db) ?? new Map<unknown, Map<string, Shared>>();
  stores.set(db, bySchema);
  const byId = bySchema.get(schema) ?? new Map<string, Shared>();
  bySchema.set(schema, byId);
  const store: Shared = byId.get(id) ?? make();
  byId.set(id, store);
  // What a key holds is what the components that use it agree on; without a schema, nothing here can check it.
  return store as Store;
}

/** Sends what the stores of a connection hold back, and stops them; whoever subscribes again starts them. */
export function endSharedStores(db: DbConnection): void {
  for (const byId of stores.get(db)?.values() ?? []) for (const store of byId.values()) store.destroy?.();
}

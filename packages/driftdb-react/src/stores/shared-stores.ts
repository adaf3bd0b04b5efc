import type { DbConnection } from "driftdb";

/** A store that components share. */
interface Shared {
  destroy?: (() => void) | undefined;
}

/** The stores of each connection, by schema (undefined without one), then by id. */
const stores = new WeakMap<DbConnection, Map<unknown, Map<string, Shared>>>();

/**
 * Returns a store that all components of a page share, so that components with the same key show one value
 * and cost one request. The store does nothing until a component subscribes to it. It lives as long as its
 * connection: a component that mounts again shows the last known value immediately, and a room has at most
 * 1,000 keys.
 *
 * @param id - A letter for the kind of store, and its key, if it has one.
 * @param create - Creates the store, for the first caller.
 * @param schema - The schema that checks its values.
 */
export function sharedStore<Store extends object>(
  db: DbConnection,
  id: string,
  create: () => Store,
  schema?: unknown,
): Store {
  const bySchema = stores.get(db) ?? new Map<unknown, Map<string, Shared>>();
  stores.set(db, bySchema);
  const byId = bySchema.get(schema) ?? new Map<string, Shared>();
  bySchema.set(schema, byId);
  const store: Shared = byId.get(id) ?? create();
  byId.set(id, store);
  // Components that share a key agree on the type of its value. Without a schema, no code can check that.
  return store as Store;
}

/**
 * Stops the stores of a connection after they have sent what they hold back. A new listener starts them
 * again.
 */
export function endSharedStores(db: DbConnection): void {
  for (const byId of stores.get(db)?.values() ?? []) for (const store of byId.values()) store.destroy?.();
}

import type { DbConnection } from "../connection/db-connection.js";

/** How the stores of a connection schedule updates. Without an entry, they use `queueMicrotask`. */
export const updateSchedulers = new WeakMap<DbConnection, (update: () => void) => void>();

/** Schedules an update of a store, so that messages that arrive together cost one update. */
export function scheduleUpdate(db: DbConnection, update: () => void): void {
  const schedule = updateSchedulers.get(db) ?? queueMicrotask;
  schedule(update);
}

import type { DbConnection } from "driftdb";
import { createContext, useContext } from "react";

/**
 * The connection that {@link DriftDBProvider} hands to the hooks below it; null where there is no provider.
 * Provide it yourself to put a connection that you made, and connect and disconnect, under the hooks.
 */
export const DatabaseContext = createContext<DbConnection | null>(null);

/**
 * The connection of the nearest provider.
 *
 * @param hook - The name of the hook that asks, for the error message.
 */
export function useDatabaseFor(hook: string): DbConnection {
  const db = useContext(DatabaseContext);
  if (db === null) throw new Error(`${hook} must be used inside <DriftDBProvider api="http://…">`);
  return db;
}

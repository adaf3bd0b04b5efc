import type { DbConnection } from "driftdb";
import { createContext, useContext } from "react";

/**
 * The connection that {@link DriftDBProvider} gives to the hooks below it; null without a provider. Provide
 * it yourself to use the hooks with a connection of your own, which you connect and disconnect.
 *
 * @example
 * ```tsx
 * import { DbConnection } from "driftdb";
 * import { DatabaseContext, StatusIndicator } from "driftdb-react";
 *
 * const db = new DbConnection();
 *
 * export function App() {
 *   return (
 *     <DatabaseContext.Provider value={db}>
 *       <StatusIndicator />
 *     </DatabaseContext.Provider>
 *   );
 * }
 * ```
 */
export const DatabaseContext = createContext<DbConnection | null>(null);

/**
 * Returns the connection of the nearest provider.
 *
 * @param hook - The name of the hook that asks, for the error message.
 */
export function useDatabaseFor(hook: string): DbConnection {
  const db = useContext(DatabaseContext);
  if (db === null) throw new Error(`${hook} must be used inside <DriftDBProvider api="http://…">`);
  return db;
}

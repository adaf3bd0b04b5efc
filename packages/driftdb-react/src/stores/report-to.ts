import type { DbConnection } from "driftdb";

/**
 * Reports an error that no caller can catch: to the connection's `errorListener`, or without one to the
 * console.
 */
export function reportTo(db: DbConnection, error: unknown): void {
  if (!db.errorListener.dispatch(error as Error)) console.error(error);
}

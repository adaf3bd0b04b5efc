// Paths of the sources that the mutants change.

/** @param path in driftdb's `src`. */
export const client = (path) => `packages/driftdb/src/${path}`;
/** @param path in driftdb-server's `src`. */
export const server = (path) => `packages/driftdb-server/src/${path}`;
export const sqlite = (path) => server(`engine/local/sqlite/${path}`);

export const turn = server("core/turn.ts");
export const journal = server("engine/journal.ts");
export const localEngine = server("engine/local/local-engine.ts");

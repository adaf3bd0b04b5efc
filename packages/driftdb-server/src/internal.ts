// driftdb-server/internal: parts for the testkit and the gates of this repository. It is an alias in
// tsconfig.json, and not published.

export { entriesOf, type JournalCursor, type JournalEntry, JournalError } from "./engine/journal.js";
export { packSeqs } from "./engine/local/sqlite/pack-seqs.js";
export { RowWriter } from "./engine/local/sqlite/row-writer.js";
export { SqliteStore } from "./engine/local/sqlite/sqlite-store.js";
export { HttpHandler } from "./http/http-handler.js";
export { connectionOptions } from "./http/routes.js";
export { UpgradeHandler } from "./http/upgrade-handler.js";
export { AddressLimits } from "./limits/address-limits.js";
export * from "./portable.js";
export { BackgroundJobs } from "./schedule/background-jobs.js";
export { ClientSocket } from "./wire/client-socket.js";
export { Heartbeat } from "./wire/heartbeat.js";

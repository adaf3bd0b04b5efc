import type { Sql } from "./sql-driver.js";

// The first page of a file has three facts, which `versionOf` reads before SQLite opens the file:
//
// - `user_version`: the version of its tables.
// - the upper half of `application_id`: marks a file of rooms (since version 3).
// - the lower half of `application_id`: the oldest version whose servers may still write the file.
//
// A change that older servers may ignore (a table, or a column with a default) raises the version alone. A
// table that refers to `rooms` is such a change only with ON DELETE CASCADE. Any other change raises the
// oldest writer too, and its migration keeps a copy of the old file. `createTables` writes both numbers
// outside of WAL mode, so that they are in the main file.

/** The version of the tables that this server makes. */
export const VERSION = 3;

/** The oldest version whose servers may write those tables. */
export const OLDEST_WRITER = 3;

/** The letters "Dr", as the upper half of `application_id`. */
export const APPLICATION = 0x4472;

// `head` is at least as high as any seq that has left the server. `number` is that of the newest commit.
const ROOMS = `
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,
    number INTEGER NOT NULL
  ) STRICT;
`;

// Keys are bytes, since a key may contain NUL. In a table with a rowid, SQLite reads the size of a large
// value without the value.
const MESSAGES = `
  CREATE TABLE messages (
    room INTEGER NOT NULL REFERENCES rooms (id),
    key BLOB NOT NULL,
    seq INTEGER NOT NULL,
    snapshot INTEGER NOT NULL,
    value ANY NOT NULL,
    UNIQUE (room, key, seq)
  ) STRICT;
`;

// `used` rises with every use of one of the room's sessions. A room forgets the session with the lowest one
// first.
const SESSIONS = `
  CREATE TABLE sessions (
    room INTEGER NOT NULL REFERENCES rooms (id),
    cid TEXT NOT NULL,
    acked INTEGER NOT NULL,
    seqs TEXT NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (room, cid)
  ) STRICT, WITHOUT ROWID;
`;

// See ../../journal.ts. `room` is the room's name, which stays after the room was removed. With
// AUTOINCREMENT, SQLite uses no position twice.
const JOURNAL = `
  CREATE TABLE journal (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    room TEXT NOT NULL,
    life TEXT NOT NULL,
    number INTEGER NOT NULL,
    part INTEGER NOT NULL,
    action TEXT NOT NULL,
    key BLOB,
    seq INTEGER,
    value ANY,
    sender TEXT,
    time INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;
`;

// Named facts about the file: see sqlite-journal.ts.
const FACTS = `
  CREATE TABLE file (
    fact TEXT PRIMARY KEY,
    value ANY NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Makes the tables in an empty file. */
export function createTables(sql: Sql): void {
  // INCREMENTAL lets a later version return freed pages to the file system in steps. VACUUM applies it to an
  // empty file that has a first page already.
  sql.exec("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  sql.transaction(() => {
    sql.exec(ROOMS + MESSAGES + SESSIONS + JOURNAL + FACTS);
    sql.exec(
      `PRAGMA application_id = ${(APPLICATION << 16) | OLDEST_WRITER}; PRAGMA user_version = ${VERSION}`,
    );
  });
}

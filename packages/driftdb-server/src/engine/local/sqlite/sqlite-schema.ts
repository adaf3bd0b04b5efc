import type { Sql } from "./sql-driver.js";

// The first page of a file says three things, which `versionOf` reads before SQLite may touch the file:
//
// - `user_version`: the version of its tables.
// - `application_id`, its upper half: that the file is one of ours (since version 3).
// - `application_id`, its lower half: the oldest version whose servers may still write it.
//
// A change that older servers may ignore (a table, or a column with a default) raises the version alone. A table that
// refers to `rooms` is such a change only with ON DELETE CASCADE. Any other change raises the oldest writer too, and its
// migration keeps a copy of the file as it was. Both are written while the file is not in WAL mode, so that the main file
// has them.

/** The version of the tables that this server makes. */
export const VERSION = 3;

/** The oldest version whose servers may write those tables. */
export const OLDEST_WRITER = 3;

/** "Dr". */
export const APPLICATION = 0x4472;

// `head` is no less than any seq that has left the server. `number` is the newest commit's.
const ROOMS = `
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL,
    number INTEGER NOT NULL
  ) STRICT;
`;

// Keys are bytes, since a key may hold NUL. With a rowid, SQLite reads a large value's size without the value.
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

// `used` rises with every use of one of the room's sessions: the one with the lowest is forgotten first.
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

// See ../../journal.ts. `room` is the room's name, which outlives the room. AUTOINCREMENT: no position is used twice.
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

// What else the file knows of itself: see sqlite-journal.ts.
const FACTS = `
  CREATE TABLE file (
    fact TEXT PRIMARY KEY,
    value ANY NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Makes the tables in an empty file. */
export function createTables(sql: Sql): void {
  // Freed pages can be given back to the file system later, a few at a time. An empty file may have a first page
  // already, which says otherwise: VACUUM writes it again.
  sql.exec("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  sql.transaction(() => {
    sql.exec(ROOMS + MESSAGES + SESSIONS + JOURNAL + FACTS);
    sql.exec(
      `PRAGMA application_id = ${(APPLICATION << 16) | OLDEST_WRITER}; PRAGMA user_version = ${VERSION}`,
    );
  });
}

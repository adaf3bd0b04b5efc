import type Database from "libsql";
import { newEpoch } from "../../ids.js";

const VERSION = 2;

// `head` is no less than any seq that has left the server.
const ROOMS = `
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL,
    head INTEGER NOT NULL
  ) STRICT;
`;

// Keys are bytes, since a key may hold NUL.
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

/**
 * Looks at a file's version, and changes nothing.
 *
 * @throws {Error} when the file was made by a newer version.
 */
export function checkVersion(db: Database.Database): void {
  if (versionOf(db) > VERSION) {
    throw new Error("it was made by a newer version of driftdb-server, use that one");
  }
}

/** Makes the tables, or takes those of an earlier version to this one. It belongs in a transaction. */
export function upgrade(db: Database.Database): void {
  const version = versionOf(db);
  if (version === VERSION) return;
  if (version === 0) db.exec(ROOMS + MESSAGES + SESSIONS);
  else addSessions(db);
  db.exec(`PRAGMA user_version = ${VERSION}`);
}

function versionOf(db: Database.Database): number {
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}

/** From version 1, whose rooms had no epoch, and no sessions. */
function addSessions(db: Database.Database): void {
  // Made anew and not altered, so that the schema is a new file's to the letter. Until the rooms are back, messages
  // refer to none: that is looked at when the transaction ends.
  db.exec(`
    PRAGMA defer_foreign_keys = ON;
    CREATE TEMP TABLE former AS SELECT id, name, head FROM rooms;
    DROP TABLE rooms;
    ${ROOMS}
  `);
  const insert = db.prepare("INSERT INTO rooms (id, name, epoch, head) VALUES (?, ?, ?, ?)");
  const former = db.prepare("SELECT id, name, head FROM former").iterate() as Iterable<FormerRoom>;
  for (const { id, name, head } of former) insert.run([id, name, newEpoch(), head]);
  db.exec(`DROP TABLE former; ${SESSIONS}`);
}

interface FormerRoom {
  id: number;
  name: string;
  head: number;
}

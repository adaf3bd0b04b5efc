import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, test } from "vitest";
import { APPLICATION } from "../../src/engine/local/sqlite/sqlite-schema.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { connectionOf } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";
import { change, copyOf, digestsOf, fileIn, finish, look, newDirectory, openRoom } from "./sqlite-data.js";

const TOO_NEW =
  /driftdb\.sqlite cannot be used: its format has version 9, and this driftdb-server writes version 3: use a newer/;

/** Changes the file to version 9, which servers before `oldestWriter` may not write. */
function makeNewer(directory: string, oldestWriter: number): void {
  change(
    directory,
    `
      PRAGMA application_id = ${APPLICATION * 65_536 + oldestWriter};
      ALTER TABLE sessions ADD COLUMN newer TEXT NOT NULL DEFAULT 'none';
      CREATE TABLE newer (room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE);
      PRAGMA user_version = 9;
    `,
  );
}

/** The directory that a killed server of the file leaves. The newest messages are in the WAL. */
async function killedOn(directory: string): Promise<string> {
  const room = await openRoom(directory);
  for (let i = 0; i < 3; i++) await room.push("a", i);
  const killed = copyOf(directory);
  expect(Object.keys(digestsOf(killed)).sort()).toEqual(["driftdb.sqlite", "driftdb.sqlite-wal"]);
  return killed;
}

/** Expects the store to refuse the directory, and to change no byte of it. */
function expectRefused(directory: string, why: RegExp): void {
  const before = digestsOf(directory);
  for (let i = 0; i < 2; i++) expect(() => new SqliteStore(directory)).toThrow(why);
  expect(digestsOf(directory)).toEqual(before);
}

/** A directory with a database of another application, copied while the application has it open. */
function foreignDirectory(sql: string, mode: "DELETE" | "WAL"): string {
  const directory = temporaryDirectory();
  const db = new Database(fileIn(directory));
  db.exec(`PRAGMA journal_mode = ${mode}`);
  db.exec(sql);
  const copy = copyOf(directory);
  db.close();
  return copy;
}

describe("a file of a newer version that this server may not write is refused unchanged:", () => {
  test("of a server that stopped", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 4);
    expectRefused(directory, TOO_NEW);
  });

  test("of a server that was killed, with its WAL", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 3);
    const killed = await killedOn(directory);
    // A migration writes the oldest writer into the main file: see sqlite-schema.ts.
    const newer = await newDirectory();
    makeNewer(newer, 4);
    copyFileSync(fileIn(newer), fileIn(killed));
    expectRefused(killed, TOO_NEW);
  });

  test("with the rollback journal of an interrupted transaction", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 4);
    const db = new Database(fileIn(directory));
    db.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN");
    db.exec(
      "CREATE TABLE t AS WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT * FROM n",
    );
    const cut = copyOf(directory);
    db.exec("ROLLBACK");
    db.close();
    expect(Object.keys(digestsOf(cut))).toContain("driftdb.sqlite-journal");
    expectRefused(cut, TOO_NEW);
  });
});

describe("a file of a newer version that this server may write", () => {
  test("is used, and keeps its version", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 3);
    const crashed = await killedOn(directory);
    const store = new SqliteStore(crashed);
    expect(finish(store.load("room"))?.streams.get("a")?.length).toBe(3);
    store.close();
    expect(look(crashed, "PRAGMA user_version")).toEqual([[9]]);
    expect(look(crashed, "PRAGMA application_id")).toEqual([[APPLICATION * 65_536 + 3]]);
  });

  test("keeps the values of a newer server in columns that this server does not know", async () => {
    const directory = await newDirectory();
    const alice = connectionOf("alice");
    const room = await openRoom(directory);
    await room.push("a", 1, "append", alice, 1);
    const newer = copyOf(directory);
    makeNewer(newer, 3);
    change(newer, "UPDATE sessions SET newer = 'kept'; INSERT INTO newer SELECT id FROM rooms");
    const again = await openRoom(newer);
    await again.push("a", 2, "append", alice, 2);
    expect(look(newer, "SELECT acked, newer FROM sessions")).toEqual([[2, "kept"]]);
  });
});

describe("a file of another kind is refused unchanged:", () => {
  const NOT_OURS =
    /driftdb\.sqlite cannot be used: it belongs to another application: use another data directory/;

  test.each(["DELETE", "WAL"] as const)("another application's database, in %s mode", (mode) => {
    expectRefused(foreignDirectory("CREATE TABLE users (id)", mode), NOT_OURS);
    // Other applications set `user_version` too.
    for (const version of [1, 2, 3, 9]) {
      const sql = `CREATE TABLE rooms (id); CREATE TABLE users (id); PRAGMA user_version = ${version}`;
      expectRefused(foreignDirectory(sql, mode), NOT_OURS);
    }
  });

  test("another application's database with a checkpoint and a WAL", () => {
    const sql = `
      CREATE TABLE users (id); PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO users VALUES (1)
    `;
    const directory = foreignDirectory(sql, "WAL");
    expect(Object.keys(digestsOf(directory))).toContain("driftdb.sqlite-wal");
    expectRefused(directory, NOT_OURS);
  });

  test("a file that is no database", () => {
    for (const text of ["short", "no database at all, but long enough to look at it ".repeat(100)]) {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, "driftdb.sqlite"), text);
      expectRefused(directory, /driftdb\.sqlite cannot be used: it is no SQLite database/);
    }
  });
});

test("makes a file of rooms of an empty database, which a server killed at its start leaves", () => {
  for (const sql of ["PRAGMA user_version = 0", "CREATE TABLE t (a); DROP TABLE t"]) {
    const directory = foreignDirectory(sql, "WAL");
    new SqliteStore(directory).close();
    expect(look(directory, "PRAGMA user_version")).toEqual([[3]]);
    expect(look(directory, "PRAGMA auto_vacuum")).toEqual([[2]]);
  }
  const directory = temporaryDirectory();
  writeFileSync(fileIn(directory), "");
  new SqliteStore(directory).close();
  expect(look(directory, "PRAGMA user_version")).toEqual([[3]]);
});

test("the main file has its version from the first moment, without the WAL", () => {
  const empty = foreignDirectory("CREATE TABLE t (a); DROP TABLE t", "WAL");
  for (const directory of [temporaryDirectory(), empty]) {
    const store = new SqliteStore(directory);
    const page = readFileSync(fileIn(copyOf(directory)));
    store.close();
    expect(page.readInt32BE(60)).toBe(3);
    expect(page.readInt32BE(68)).toBe(APPLICATION * 65_536 + 3);
  }
});

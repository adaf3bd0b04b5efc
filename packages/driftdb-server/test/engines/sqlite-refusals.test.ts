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

/** Makes it a file of a newer version, which servers before `oldestWriter` may not write. */
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

/** The directory of a server that was killed while it ran on the file: what is new is in the WAL. */
async function killedOn(directory: string): Promise<string> {
  const room = await openRoom(directory);
  for (let i = 0; i < 3; i++) await room.push("a", i);
  const killed = copyOf(directory);
  expect(Object.keys(digestsOf(killed)).sort()).toEqual(["driftdb.sqlite", "driftdb.sqlite-wal"]);
  return killed;
}

/** Expects the directory to be refused, and to be left as it was to the byte. */
function expectRefused(directory: string, why: RegExp): void {
  const before = digestsOf(directory);
  for (let i = 0; i < 2; i++) expect(() => new SqliteStore(directory)).toThrow(why);
  expect(digestsOf(directory)).toEqual(before);
}

/** A directory with a database of another application, still open and in WAL mode if it is to be a running one. */
function foreignDirectory(sql: string, mode: "DELETE" | "WAL"): string {
  const directory = temporaryDirectory();
  const db = new Database(fileIn(directory));
  db.exec(`PRAGMA journal_mode = ${mode}`);
  db.exec(sql);
  const copy = copyOf(directory);
  db.close();
  return copy;
}

describe("a file of a newer version that this server may not write is left as it is, to the byte", () => {
  test("of a server that stopped", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 4);
    expectRefused(directory, TOO_NEW);
  });

  test("of a server that was killed, with its WAL", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 3);
    const killed = await killedOn(directory);
    // The version that may write it is in the main file, as every migration leaves it: see sqlite-schema.ts.
    const newer = await newDirectory();
    makeNewer(newer, 4);
    copyFileSync(fileIn(newer), fileIn(killed));
    expectRefused(killed, TOO_NEW);
  });

  test("with the journal of a transaction that was cut short", async () => {
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
  test("is written, and stays of that version", async () => {
    const directory = await newDirectory();
    makeNewer(directory, 3);
    const crashed = await killedOn(directory);
    const store = new SqliteStore(crashed);
    expect(finish(store.load("room"))?.streams.get("a")?.length).toBe(3);
    store.close();
    expect(look(crashed, "PRAGMA user_version")).toEqual([[9]]);
    expect(look(crashed, "PRAGMA application_id")).toEqual([[APPLICATION * 65_536 + 3]]);
  });

  test("keeps in a column that is new what a newer server wrote there", async () => {
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

describe("a file of another kind is refused and left as it is, to the byte", () => {
  const NOT_OURS =
    /driftdb\.sqlite cannot be used: it belongs to another application: use another data directory/;

  test.each(["DELETE", "WAL"] as const)("another application's database, in %s mode", (mode) => {
    expectRefused(foreignDirectory("CREATE TABLE users (id)", mode), NOT_OURS);
    // Others count their versions too.
    for (const version of [1, 2, 3, 9]) {
      const sql = `CREATE TABLE rooms (id); CREATE TABLE users (id); PRAGMA user_version = ${version}`;
      expectRefused(foreignDirectory(sql, mode), NOT_OURS);
    }
  });

  test("another application's database that was checkpointed, with more in the WAL", () => {
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

test("an empty database becomes a file of rooms, as one is that a server left when it was killed at its start", () => {
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

test("the main file says its version from the first moment, whatever the WAL has", () => {
  const empty = foreignDirectory("CREATE TABLE t (a); DROP TABLE t", "WAL");
  for (const directory of [temporaryDirectory(), empty]) {
    const store = new SqliteStore(directory);
    const page = readFileSync(fileIn(copyOf(directory)));
    store.close();
    expect(page.readInt32BE(60)).toBe(3);
    expect(page.readInt32BE(68)).toBe(APPLICATION * 65_536 + 3);
  }
});

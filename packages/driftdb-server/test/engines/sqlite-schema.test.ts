import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Room } from "../../src/core/room.js";
import { type EngineRoom, Refusal, type SessionInfo } from "../../src/engine/engine.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { closeFile } from "../../src/engine/local/sqlite/sqlite-file.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { Payload } from "../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { temporaryDirectory } from "../test-server.js";

/** What happens when an epoch is made: in the middle of an upgrade, that is. */
const midway = vi.hoisted(() => ({ event: () => {} }));

vi.mock("../../src/engine/ids.js", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/engine/ids.js")>();
  return {
    ...original,
    newEpoch: () => {
      midway.event();
      return original.newEpoch();
    },
  };
});

afterEach(() => {
  midway.event = () => {};
});

/** Version 1, as the servers that made it had it. */
const VERSION_1 = `
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    room INTEGER NOT NULL REFERENCES rooms (id),
    key BLOB NOT NULL,
    seq INTEGER NOT NULL,
    snapshot INTEGER NOT NULL,
    value ANY NOT NULL,
    UNIQUE (room, key, seq)
  ) STRICT;
  PRAGMA user_version = 1;
`;

const BYTES = Payload.of({ b: new Uint8Array([1, 2, 255]) }, true);

const MESSAGES: [room: number, key: string, seq: number, snapshot: number, value: string | Uint8Array][] = [
  [2, "a", 3, 1, '{"sum":3}'],
  [2, "a", 4, 0, '"four"'],
  [2, "a\u0000b", 6, 0, BYTES.stored],
  [7, "", 1, 0, "[1,null]"],
  [7, "", 2, 0, "false"],
];

/** What the store has to make of the messages above. */
const STREAMS = {
  one: {
    a: [
      { seq: 3, snapshot: true, value: { sum: 3 } },
      { seq: 4, snapshot: false, value: "four" },
    ],
    "a\u0000b": [{ seq: 6, snapshot: false, value: BYTES.value }],
  },
  other: {
    "": [
      { seq: 1, snapshot: false, value: [1, null] },
      { seq: 2, snapshot: false, value: false },
    ],
  },
};

/** A data directory of version 1, as a server that stopped left it or, if it was killed, with its journal. */
function formerDirectory(killed = false): string {
  const directory = temporaryDirectory();
  const db = new Database(fileIn(directory));
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
  db.exec(VERSION_1);
  db.exec("INSERT INTO rooms (id, name, head) VALUES (2, 'one', 1030), (7, 'other', 2)");
  for (const [room, key, ...rest] of MESSAGES) {
    db.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?)").run([room, Buffer.from(key), ...rest]);
  }
  const running = copyOf(directory);
  closeFile(db);
  expect(readdirSync(running)).toEqual(["driftdb.sqlite", "driftdb.sqlite-wal"]);
  expect(readdirSync(directory)).toEqual(["driftdb.sqlite"]);
  return killed ? running : directory;
}

function copyOf(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

function fileIn(directory: string): string {
  return join(directory, "driftdb.sqlite");
}

/** Reads a copy, so that no lock is left on the directory itself. */
function look<T>(directory: string, sql: string): T[] {
  const db = new Database(fileIn(copyOf(directory)));
  const rows = db.prepare(sql).raw().all() as T[];
  db.close();
  return rows;
}

/** The schema, without the white space and in no order. */
function schemaOf(directory: string): unknown[] {
  const rows = look<[string, string, string, string | null]>(
    directory,
    "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name",
  );
  return rows.map(([type, name, table, sql]) => [type, name, table, sql?.replace(/\s+/g, " ")]);
}

function newStore(directory: string): SqliteStore {
  return new SqliteStore(directory, DEFAULT_LIMITS);
}

function streamsOf(room: Room<Payload>): unknown {
  const stream = (key: string) =>
    room.since(key, 0).map(({ seq, snapshot, value }) => ({ seq, snapshot, value: value.value }));
  return Object.fromEntries(Array.from(room.keys(), (key) => [key, stream(key)]));
}

/** Opens and closes the directory, and answers with the rooms that were in it. */
function roomsIn(directory: string) {
  const store = newStore(directory);
  const rooms = [store.load("one"), store.load("other")] as Room<Payload>[];
  store.close();
  return {
    streams: { one: streamsOf(rooms[0] as Room<Payload>), other: streamsOf(rooms[1] as Room<Payload>) },
    heads: rooms.map(({ head }) => head),
    epochs: rooms.map(({ epoch }) => epoch),
  };
}

async function openRoom(directory: string): Promise<{ engine: LocalEngine; room: EngineRoom }> {
  const engine = new LocalEngine(newStore(directory));
  const room = (await engine.open("one", {
    flush() {},
    message() {},
    released() {},
    compacted() {},
  })) as EngineRoom;
  return { engine, room };
}

function hello(room: EngineRoom, cid: string): Promise<SessionInfo> {
  return new Promise((resolve, reject) =>
    room.hello(cid, "", (info) => (info instanceof Refusal ? reject(info) : resolve(info))),
  );
}

describe("a file of version 1", () => {
  test.each([
    ["stopped", false],
    ["killed", true],
  ])("of a server that was %s has its rooms as they were, each with an epoch that stays", (_, killed) => {
    const directory = formerDirectory(killed);
    const first = roomsIn(directory);
    expect(first).toMatchObject({ streams: STREAMS, heads: [1030, 2] });
    expect(first.epochs).toEqual([expect.stringMatching(/^\w{10}$/), expect.stringMatching(/^\w{10}$/)]);
    expect(first.epochs[0]).not.toBe(first.epochs[1]);
    expect(roomsIn(directory)).toEqual(first);
  });

  test("has a new file's schema afterwards, and no message without its room", () => {
    const [former, fresh] = [formerDirectory(), temporaryDirectory()];
    expect(schemaOf(former)).toHaveLength(4);
    newStore(former).close();
    newStore(fresh).close();
    expect(schemaOf(former)).toEqual(schemaOf(fresh));
    expect(look(former, "PRAGMA user_version")).toEqual([[2]]);
    expect(look(fresh, "PRAGMA user_version")).toEqual([[2]]);
    expect(look(former, "PRAGMA foreign_key_check")).toEqual([]);
    expect(look(former, "PRAGMA integrity_check")).toEqual([["ok"]]);
  });

  test("S3 keeps sessions, beyond a restart", async () => {
    const directory = formerDirectory();
    const before = await openRoom(directory);
    const message = { key: "a", value: Payload.of("x", false), action: { type: "append" } } as const;
    const pushed = await new Promise((done) => before.room.push(message, { cid: "alice", n: 1 }, done));
    expect(pushed).toEqual({ seq: 1031, size: 3 });
    const known = await hello(before.room, "alice");
    expect(known).toMatchObject({ head: 1031, acked: 1, acks: [[1, 1031]] });
    await before.engine.close();

    const after = await openRoom(directory);
    // What is held is not on the disk, and so the term is another one.
    expect(await hello(after.room, "alice")).toEqual({ ...known, term: expect.any(String) });
    const repeated = await new Promise((done) => after.room.push(message, { cid: "alice", n: 1 }, done));
    expect(repeated).toEqual({ seq: 1031, size: 0 });
    await after.engine.close();
  });

  test("is one still after a crash midway, and is upgraded by the next server", () => {
    const directory = formerDirectory();
    let epochs = 0;
    let crashed = "";
    midway.event = () => {
      if (++epochs === 2) crashed = copyOf(directory);
    };
    newStore(directory).close();
    expect(epochs).toBe(2);

    expect(look(crashed, "PRAGMA user_version")).toEqual([[1]]);
    expect(schemaOf(crashed)).toEqual(schemaOf(formerDirectory()));
    expect(roomsIn(crashed)).toMatchObject({ streams: STREAMS, heads: [1030, 2] });
  });

  test("is one still after an upgrade that failed midway, which says so", () => {
    const directory = formerDirectory();
    let epochs = 0;
    midway.event = () => {
      if (++epochs === 2) throw new Error("disk full");
    };
    expect(() => newStore(directory)).toThrow(/driftdb\.sqlite cannot be used: disk full/);
    midway.event = () => {};

    const left = copyOf(directory);
    expect(look(left, "PRAGMA user_version")).toEqual([[1]]);
    expect(schemaOf(left)).toEqual(schemaOf(formerDirectory()));
    expect(roomsIn(left)).toMatchObject({ streams: STREAMS, heads: [1030, 2] });
  });
});

test("a file of a newer version is refused, and left as it was", () => {
  const directory = temporaryDirectory();
  newStore(directory).close();
  const db = new Database(fileIn(directory));
  db.exec("PRAGMA user_version = 3");
  db.close();
  const bytes = readFileSync(fileIn(directory));
  expect(() => newStore(directory)).toThrow(
    /driftdb\.sqlite cannot be used: it was made by a newer version of driftdb-server, use that one/,
  );
  expect(readdirSync(directory)).toEqual(["driftdb.sqlite"]);
  expect(readFileSync(fileIn(directory)).equals(bytes)).toBe(true);
});

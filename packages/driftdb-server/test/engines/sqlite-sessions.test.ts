import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Action } from "driftdb-protocol";
import Database from "libsql";
import { describe, expect, onTestFinished, test } from "vitest";
import { type EngineRoom, type PushResult, Refusal, type SessionInfo } from "../../src/engine/engine.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { Payload } from "../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { temporaryDirectory } from "../test-server.js";

/** How many sessions a room remembers (S3). */
const REMEMBERED = 10_000;

/** A directory with an empty room in it. */
function newDirectory(): string {
  const directory = temporaryDirectory();
  const store = new SqliteStore(directory, DEFAULT_LIMITS);
  store.create("room");
  store.close();
  return directory;
}

function copyOf(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

/** The room, open until the test is over. */
async function open(directory: string): Promise<EngineRoom> {
  const engine = new LocalEngine(new SqliteStore(directory, DEFAULT_LIMITS), () => {});
  onTestFinished(() => engine.close());
  return (await engine.open("room", {
    flush() {},
    message() {},
    released() {},
    compacted() {},
  })) as EngineRoom;
}

/** Makes every change of that sort fail: `INSERT ON messages`, say. */
function forbid(directory: string, change: string): void {
  const db = new Database(join(directory, "driftdb.sqlite"));
  db.exec(`CREATE TRIGGER forbidden BEFORE ${change} BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  db.close();
}

function push(room: EngineRoom, cid: string, n: number, type: "append" | "none"): Promise<PushResult> {
  // A compaction of a key without messages changes nothing (D1), but its number counts, and there is no seq for it.
  const action: Action = type === "append" ? { type } : { type: "compact", seq: 1 };
  return new Promise((done) =>
    room.push({ key: type, value: Payload.of("x", false), action }, { cid, n }, done),
  );
}

async function look(room: EngineRoom, cid: string) {
  const info = await new Promise<SessionInfo | Refusal>((done) => room.hello(cid, "", done));
  if (info instanceof Refusal) throw new Error(info.message);
  const entries = await new Promise<unknown>((done) => room.get("append", 0, done));
  return { acked: info.acked, acks: info.acks, entries };
}

/** The sessions as a killed server would have left them just now, from the one used longest ago to the newest. */
function sessionsIn(directory: string): unknown[] {
  const db = new Database(join(copyOf(directory), "driftdb.sqlite"));
  const rows = db.prepare("SELECT cid, acked FROM sessions ORDER BY used").raw().all();
  db.close();
  return rows;
}

describe("S3 a message and its number are committed together, or neither", () => {
  test.each(["INSERT ON messages", "INSERT ON sessions", "UPDATE ON rooms"])("%s fails", async (change) => {
    const directory = newDirectory();
    forbid(directory, change);
    const room = await open(directory);
    expect(await push(room, "alice", 1, "append")).toMatchObject({ code: "storage_failed" });

    const nothing = { acked: 0, acks: [], entries: [] };
    expect(await look(room, "alice")).toEqual(nothing);
    expect(await look(await open(copyOf(directory)), "alice")).toEqual(nothing);
  });
});

describe("S3 the 10,000 sessions that sent something last are kept, on disk as in memory", () => {
  // The order of the names is not that of their use.
  const cids = Array.from({ length: REMEMBERED }, (_, i) => `cid ${REMEMBERED * 2 - i}`);

  test("one by one, beyond a crash, without a seq of their own", async () => {
    const directory = newDirectory();
    let room = await open(directory);
    await Promise.all(cids.map((cid) => push(room, cid, 1, "none")));
    await push(room, cids[0] as string, 2, "none");
    // The second message of the turn does not undo that the first has cost another session its place.
    await Promise.all([push(room, "new", 1, "none"), push(room, "new", 2, "none")]);
    const rest = cids.slice(2).map((cid) => [cid, 1]);
    expect(sessionsIn(directory)).toEqual([...rest, [cids[0], 2], ["new", 2]]);

    const crashed = copyOf(directory);
    room = await open(crashed);
    expect(await look(room, cids[1] as string)).toMatchObject({ acked: 0 });
    expect(await look(room, cids[2] as string)).toMatchObject({ acked: 1 });
    await push(room, "newer", 1, "none");
    expect(await look(room, cids[2] as string)).toMatchObject({ acked: 0 });
    expect(await look(room, cids[3] as string)).toMatchObject({ acked: 1 });
    expect(sessionsIn(crashed)).toEqual([...rest.slice(1), [cids[0], 2], ["new", 2], ["newer", 1]]);
  });

  test("within one turn, in which one is forgotten and comes back", async () => {
    const directory = newDirectory();
    const room = await open(directory);
    await Promise.all([
      push(room, "back", 1, "append"),
      ...cids.map((cid) => push(room, cid, 1, "none")),
      push(room, "back", 1, "append"),
    ]);
    expect(await look(room, "back")).toMatchObject({ acked: 1, acks: [[1, 2]] });
    expect(await look(room, cids[0] as string)).toMatchObject({ acked: 0 });
    expect(sessionsIn(directory)).toEqual([...cids.slice(1).map((cid) => [cid, 1]), ["back", 1]]);
  });
});

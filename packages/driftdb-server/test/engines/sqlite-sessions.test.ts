import type { Action } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../src/engine/engine.js";
import { connectionOf, type TestHost } from "../test-host.js";
import { change, copyOf, look, newDirectory, openRoom } from "./sqlite-data.js";

/** How many sessions a room remembers (S3). */
const REMEMBERED = 10_000;

/** Makes each statement of a kind fail, such as `INSERT ON messages`. */
function forbid(directory: string, what: string): void {
  change(directory, `CREATE TRIGGER forbidden BEFORE ${what} BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
}

function push(room: TestHost, cid: string, n: number, type: "append" | "none"): Promise<Answer> {
  // A compaction of a key without messages changes nothing (D1). It uses up its number, and gets no seq.
  const action: Action = type === "append" ? { type } : { type: "compact", seq: 1 };
  return room.push(type, "x", action, connectionOf(cid), n);
}

async function lookAt(room: TestHost, cid: string) {
  const answer = await room.ask({ type: "join", connection: connectionOf(cid) });
  if (answer.type !== "joined") throw new Error(`the answer is ${answer.type}`);
  const { acked, acks } = answer;
  return { acked, acks, entries: await room.entries("append") };
}

/** The stored sessions, as a killed server would leave them now, from the least to the most recently used. */
function sessionsIn(directory: string): unknown[] {
  return look(directory, "SELECT cid, acked FROM sessions ORDER BY used");
}

describe("S3 commits neither a message nor its number", () => {
  test.each(["INSERT ON messages", "INSERT ON sessions", "UPDATE ON rooms"])("if %s fails", async (what) => {
    const directory = await newDirectory();
    forbid(directory, what);
    const room = await openRoom(directory);
    expect(await push(room, "alice", 1, "append")).toMatchObject({ why: { code: "storage_failed" } });

    const nothing = { acked: 0, acks: [], entries: [] };
    expect(await lookAt(room, "alice")).toEqual(nothing);
    const crashed = copyOf(directory);
    expect(look(crashed, "SELECT number, head FROM rooms")).toEqual([[1, 0]]);
    expect(await lookAt(await openRoom(crashed), "alice")).toEqual(nothing);
  });
});

describe("S3 remembers the 10,000 sessions that sent something last, on disk and in memory", () => {
  // The order of names differs from the order of use.
  const cids = Array.from({ length: REMEMBERED }, (_, i) => `cid ${REMEMBERED * 2 - i}`);

  test("one by one, across a crash, for messages without a seq", async () => {
    const directory = await newDirectory();
    let room = await openRoom(directory);
    await Promise.all(cids.map((cid) => push(room, cid, 1, "none")));
    await push(room, cids[0] as string, 2, "none");
    // The first message of the turn makes the room forget one session, and the second changes nothing.
    await Promise.all([push(room, "new", 1, "none"), push(room, "new", 2, "none")]);
    const rest = cids.slice(2).map((cid) => [cid, 1]);
    expect(sessionsIn(directory)).toEqual([...rest, [cids[0], 2], ["new", 2]]);

    const crashed = copyOf(directory);
    room = await openRoom(crashed);
    expect(await lookAt(room, cids[1] as string)).toMatchObject({ acked: 0 });
    expect(await lookAt(room, cids[2] as string)).toMatchObject({ acked: 1 });
    await push(room, "newer", 1, "none");
    expect(await lookAt(room, cids[2] as string)).toMatchObject({ acked: 0 });
    expect(await lookAt(room, cids[3] as string)).toMatchObject({ acked: 1 });
    expect(sessionsIn(crashed)).toEqual([...rest.slice(1), [cids[0], 2], ["new", 2], ["newer", 1]]);
  });

  test("except in a turn with more sessions: the next turn forgets those beyond", async () => {
    const directory = await newDirectory();
    const room = await openRoom(directory);
    await push(room, "back", 1, "append");
    // A room does not forget a session in the turn that uses it.
    await Promise.all([
      ...cids.map((cid) => push(room, cid, 1, "none")),
      push(room, "back", 1, "append"),
      push(room, "back", 2, "append"),
    ]);
    const acks = [
      [1, 1],
      [2, 2],
    ];
    await push(room, "next", 1, "none");
    expect(await lookAt(room, cids[1] as string)).toMatchObject({ acked: 0 });
    expect(await lookAt(room, cids[2] as string)).toMatchObject({ acked: 1 });
    expect(await lookAt(room, "back")).toMatchObject({ acked: 2, acks });
    const remembered = [...cids.slice(2).map((cid) => [cid, 1]), ["back", 2], ["next", 1]];
    expect(sessionsIn(directory)).toEqual(remembered);
    expect(await lookAt(await openRoom(copyOf(directory)), "back")).toMatchObject({ acked: 2, acks });
  });
});

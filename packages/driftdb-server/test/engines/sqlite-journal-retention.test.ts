import { describe, expect, test } from "vitest";
import type { Commit } from "../../src/core/commit.js";
import type { Payload } from "../../src/engine/payload.js";
import { TestHost } from "../test-host.js";
import { briefs, JournalServer, readAll } from "./journal-server.js";
import { finish, look } from "./sqlite-data.js";

describe("trimming", () => {
  test("deletes the oldest entries in steps, except markers, and readers notice", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    await Promise.all(Array.from({ length: 1_200 }, (_, i) => room.push("a", i)));
    await server.newRoom("other");
    const slow = server.journal.reader(null);
    const { cursor: early } = slow.read({ rows: 3 });
    finish(server.journal.erase("unknown room", null, 0));
    await room.push("b", "newest");
    const { cursor: late } = readAll(server.journal.reader(null));

    let steps = 0;
    const trimming = server.journal.trim({ position: late.position });
    let step = trimming.next();
    for (; !step.done; step = trimming.next()) {
      steps++;
      // Other rooms commit between the steps.
      await room.push("c", steps);
    }
    expect(steps).toBeGreaterThanOrEqual(2);
    expect(step.value).toBe(1_202);
    const left = briefs(server.journal);
    expect(left.map(([action, key]) => [action, key])).toEqual([
      ["erased", null],
      ["append", "b"],
      ...Array.from({ length: steps }, () => ["append", "c"]),
    ]);

    expect(() => slow.read()).toThrow(expect.objectContaining({ code: "trimmed" }));
    expect(() => server.journal.reader(early).read()).toThrow(expect.objectContaining({ code: "trimmed" }));
    expect(briefs(server.journal, late)).toHaveLength(steps);
    // The rooms have not changed.
    expect((await room.entries("a")).length).toBe(1_200);
  });

  test("does not stop a reader that has read the deleted entries, or that starts over", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    for (const name of ["one", "two", "three"]) finish(server.journal.erase(name, null, 0));
    await room.push("a", 1);
    const { cursor } = readAll(server.journal.reader(null));
    await room.push("a", 2);
    finish(server.journal.trim({ position: cursor.position + 1 }));
    expect(briefs(server.journal, cursor)).toEqual([["append", "a", 2, 2, null]]);

    const over = server.journal.reader(null);
    const { entries, cursor: among } = over.read({ rows: 1 });
    expect(entries.map(({ action, room }) => [action, room])).toEqual([["erased", "one"]]);
    expect(over.read({ rows: 9 }).entries.map(({ action }) => action)).toEqual([
      "erased",
      "erased",
      "append",
    ]);
    // A new reader cannot continue at this cursor, since entries after it were trimmed.
    expect(() => server.journal.reader(among).read()).toThrow(expect.objectContaining({ code: "trimmed" }));
    // A reader notices entries that are trimmed after it has started over.
    const interrupted = server.journal.reader(null);
    interrupted.read({ rows: 1 });
    await room.push("a", 3);
    finish(server.journal.trim({ position: Number.MAX_SAFE_INTEGER }));
    expect(() => interrupted.read()).toThrow(expect.objectContaining({ code: "trimmed" }));
  });

  test("by time ends at the first newer entry", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      server.clock.advance(10);
      times.push(server.clock.time());
      await room.push("a", i);
    }
    expect(finish(server.journal.trim({ time: times[2] as number }))).toBe(3);
    expect(briefs(server.journal).map(([, , , value]) => value)).toEqual([2, 3, 4]);
    expect(finish(server.journal.trim({ time: times[2] as number }))).toBe(0);
  });

  test("uses no position twice, even when no entry is left", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    await room.push("a", 1);
    const { cursor } = readAll(server.journal.reader(null));
    expect(finish(server.journal.trim({ position: Number.MAX_SAFE_INTEGER }))).toBe(2);
    expect(look(server.directory, "SELECT count(*) FROM journal")).toEqual([[0]]);
    // A reader that has all of them is not ahead.
    expect(briefs(server.journal, cursor)).toEqual([]);
    room.close();
    await server.close();
    const next = new JournalServer(server.directory);
    await (await TestHost.open(next.engine, "room")).push("a", 2);
    const { entries } = readAll(next.journal.reader(cursor));
    expect(entries.map(({ position }) => position)).toEqual([cursor.position + 1]);
  });
});

describe("removing and erasing", () => {
  test("a removed room leaves a marker, which stays after its entries", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    await room.push("a", 1);
    const removal: Commit<Payload> = {
      ...{ room: "room", epoch: "", life: "a life", head: 1, time: 7, number: 3, streams: [] },
      events: [{ type: "removed" }],
      sessions: new Map(),
    };
    server.store.commit([removal]);
    expect(briefs(server.journal).map(([action]) => action)).toEqual(["created", "append", "removed"]);
    finish(server.journal.trim({ position: Number.MAX_SAFE_INTEGER }));
    finish(server.journal.erase("room", null, 8));
    finish(server.journal.trim({ time: Number.MAX_SAFE_INTEGER }));
    const { entries } = readAll(server.journal.reader(null));
    expect(entries.map(({ action, room, number, time }) => [action, room, number, time])).toEqual([
      ["removed", "room", 3, 7],
      ["erased", "room", 0, 8],
    ]);
  });

  test("erasing a key deletes its entries, and appends a marker", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    const other = await server.newRoom("other");
    for (let i = 0; i < 3; i++) {
      await room.push("a", "erased");
      await room.push("b", "kept");
      await other.push("a", "kept");
    }
    const reader = server.journal.reader(null);
    reader.read({ rows: 4 });
    expect(finish(server.journal.erase("room", "a", 5))).toBe(3);
    const all = readAll(server.journal.reader(null)).entries;
    expect(all.map(({ room, action, key }) => [room, action, key])).toEqual([
      ["room", "created", null],
      ["other", "created", null],
      ...Array.from({ length: 3 }, () => [
        ["room", "append", "b"],
        ["other", "append", "a"],
      ]).flat(),
      ["room", "erased", "a"],
    ]);
    // A reader gets the marker.
    expect(readAll(reader).entries.at(-1)).toMatchObject({
      action: "erased",
      room: "room",
      key: "a",
      number: 0,
    });
    // The room itself has not changed.
    expect(await room.entries("a")).toHaveLength(3);
  });

  test("erasing a room reads a long journal in steps, and other rooms commit between them", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    const other = await server.newRoom("other");
    await Promise.all(
      Array.from({ length: 1_500 }, (_, i) => [room.push("a", i), other.push("a", i)]).flat(),
    );
    await room.push("a", "x", "replace");
    const erasing = server.journal.erase("room", null, 5);
    let steps = 0;
    let step = erasing.next();
    for (; !step.done; step = erasing.next()) {
      steps++;
      await room.push("a", `since step ${steps}`);
    }
    expect(steps).toBeGreaterThanOrEqual(6);
    expect(step.value).toBe(1_502);
    const { entries } = readAll(server.journal.reader(null));
    const left = entries.filter((entry) => entry.room === "room").map(({ action }) => action);
    expect(left).toEqual(["erased", ...Array<string>(steps).fill("append")]);
    expect(entries.filter((entry) => entry.room === "other")).toHaveLength(1_501);
  });
});

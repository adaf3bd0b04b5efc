import { describe, expect, test } from "vitest";
import { Payload } from "../../src/engine/payload.js";
import { connectionOf, TestHost } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";
import { brief, briefs, identity, JournalServer, readAll } from "./journal-server.js";
import { change, finish, look } from "./sqlite-data.js";

describe("the journal has the stored changes in order", () => {
  test("M3 an entry for each append, replacement and compaction, and for the room itself", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    const alice = connectionOf("alice");
    await room.push("a", 1, "append", alice, 1);
    server.clock.advance(5);
    await Promise.all([
      room.push("a", { bytes: new Uint8Array([0, 255]) }, "append"),
      room.push("b\0", 3, "replace", alice, 2),
      room.push("a", "1+2", { type: "compact", seq: 2 }, alice, 3),
    ]);
    const { entries } = readAll(server.journal.reader(null));
    expect(entries.map(brief)).toEqual([
      ["created", null, null, undefined, null],
      ["append", "a", 1, 1, "alice"],
      ["append", "a", 2, { bytes: new Uint8Array([0, 255]) }, null],
      ["replace", "b\0", 3, 3, "alice"],
      ["compact", "a", 2, "1+2", "alice"],
    ]);
    const where = entries.map(({ room, number, part, time }) => [room, number, part, time]);
    const begun = 1_700_000_001_000;
    expect(where).toEqual([
      ["room", 1, 0, begun],
      ["room", 2, 0, begun],
      ["room", 3, 0, begun + 5],
      ["room", 3, 1, begun + 5],
      ["room", 3, 2, begun + 5],
    ]);
    const [created, ...others] = entries;
    expect(new Set(others.map(({ life }) => life)).size).toBe(1);
    expect(others[0]?.life).not.toBe(created?.life);
    expect(new Set(entries.map(identity)).size).toBe(entries.length);
  });

  test("S3, S4, S9, S10 no relays, holds, refusals, repetitions, takeovers or cids", async () => {
    const server = new JournalServer();
    const room = await server.newRoom("room");
    const alice = { session: { cid: "a secret", name: "alice" } };
    await room.ask({ type: "join", connection: alice });
    await room.push("a", "relayed", "relay", alice, 1);
    room.submit({ type: "hold", connection: alice, key: "a", value: Payload.of("held", false) });
    room.submit({ type: "release", connection: alice, key: "a" });
    await room.ask({ type: "refuse", connection: alice, n: 2, code: "bad_value", message: "no" });
    await room.push("a", "ineffective", { type: "compact", seq: 9 }, alice, 3);
    expect(briefs(server.journal)).toEqual([["created", null, null, undefined, null]]);

    await room.push("a", "kept", "append", alice, 4);
    await room.push("a", "kept", "append", alice, 4);
    const again = { session: alice.session };
    await room.ask({ type: "join", connection: again });
    room.submit({ type: "leave", connection: again, code: 1000 });
    await room.barrier();
    expect(briefs(server.journal).slice(1)).toEqual([["append", "a", expect.any(Number), "kept", "alice"]]);
    const rows = look<unknown[]>(server.directory, "SELECT * FROM journal");
    expect(JSON.stringify(rows)).not.toMatch(/secret|relayed|held/);
  });

  test.each(["messages", "journal"])(
    "M5 a commit whose rows of %s fail is in neither table",
    async (table) => {
      const server = new JournalServer();
      await server.newRoom("room");
      await server.close();
      change(
        server.directory,
        `CREATE TRIGGER t BEFORE INSERT ON ${table} WHEN new.value = '"fails"'
          BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
      );
      const next = new JournalServer(server.directory);
      const room = await TestHost.open(next.engine, "room");
      await Promise.all(["good", "fails"].map((value) => room.push("a", value)));
      await room.push("a", "later");
      expect(briefs(next.journal).map(([action, , , value]) => [action, value])).toEqual([
        ["created", undefined],
        ["append", "later"],
      ]);
      expect((await room.entries("a")).map(([, value]) => value)).toEqual(["later"]);
      // The next commit has the number of the failed one.
      expect(readAll(next.journal.reader(null)).entries.map(({ number, part }) => [number, part])).toEqual([
        [1, 0],
        [2, 0],
      ]);
    },
  );
});

describe("without a journal", () => {
  test("the store writes no entries and begins no journal", async () => {
    const server = new JournalServer(temporaryDirectory(), false);
    const room = await server.newRoom("room");
    await room.push("a", 1);
    expect(server.store.journal).toBeUndefined();
    expect(look(server.directory, "SELECT count(*) FROM journal")).toEqual([[0]]);
    expect(look(server.directory, "SELECT fact FROM file")).toEqual([]);
  });
});

describe("a journal that is switched off", () => {
  test("ends, and the next one has a new id and begins when it is switched on", async () => {
    const directory = temporaryDirectory();
    const on = new JournalServer(directory);
    const first = await on.newRoom("room");
    await first.push("a", 1);
    const { cursor } = readAll(on.journal.reader(null));
    const { id } = on.journal;
    await on.close();

    const still = new JournalServer(directory);
    expect(still.journal.id).toBe(id);
    await still.close();

    const off = new JournalServer(directory, false);
    await (await TestHost.open(off.engine, "room")).push("a", 2);
    await off.close();

    const again = new JournalServer(directory);
    expect(again.journal.id).not.toBe(id);
    expect(() => again.journal.reader(cursor)).toThrow(/start over/);
    expect(briefs(again.journal)).toEqual([]);
    await (await TestHost.open(again.engine, "room")).push("a", 3);
    const { entries, cursor: next } = readAll(again.journal.reader(null));
    expect(entries.map(({ value }) => value?.value)).toEqual([3]);
    expect(next.position).toBeGreaterThan(cursor.position);
    expect(look(directory, "SELECT count(*) FROM journal")).toEqual([[3]]);
    // `trim` deletes the entries of the former journal like others.
    expect(finish(again.journal.trim({ position: next.position }))).toBe(2);
    expect(briefs(again.journal)).toEqual([["append", "a", 3, 3, null]]);
  });
});

import { beforeEach, describe, expect, test } from "vitest";
import type { JournalCursor, JournalEntry } from "../../src/engine/journal.js";
import type { JournalReader } from "../../src/engine/local/sqlite/journal-reader.js";
import { TestHost } from "../test-host.js";
import { identity, JournalServer, readAll } from "./journal-server.js";
import { change, copyOf } from "./sqlite-data.js";

describe("a reader", () => {
  let server: JournalServer;
  let room: TestHost;
  beforeEach(async () => {
    server = new JournalServer();
    room = await server.newRoom("room");
    for (let i = 1; i <= 9; i++) await room.push("a", i);
  });

  const values = (entries: readonly JournalEntry[]) => entries.map(({ value }) => value?.value);

  test("continues at its cursor, without gaps or repetitions", async () => {
    for (const rows of [1, 2, 3, 10, 500]) {
      let cursor: JournalCursor | null = null;
      const seen: unknown[] = [];
      for (;;) {
        // A new reader for each batch, which knows only the cursor.
        const batch: ReturnType<JournalReader["read"]> = server.journal.reader(cursor).read({ rows });
        if (batch.entries.length === 0) break;
        expect(batch.entries.length).toBeLessThanOrEqual(rows);
        expect(batch.cursor.position).toBeGreaterThan(cursor?.position ?? 0);
        expect(batch.cursor).toEqual({
          journal: server.journal.id,
          position: batch.entries.at(-1)?.position,
        });
        seen.push(...values(batch.entries));
        cursor = batch.cursor;
      }
      expect(seen).toEqual([undefined, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test("follows a growing journal, also across a restart", async () => {
    const reader = server.journal.reader(null);
    const { cursor } = readAll(reader);
    expect(reader.read()).toEqual({ entries: [], cursor });
    await room.push("a", 10);
    expect(values(reader.read().entries)).toEqual([10]);
    room.close();
    await server.close();

    const next = new JournalServer(server.directory);
    const again = await TestHost.open(next.engine, "room");
    await again.push("a", 11);
    const { entries } = readAll(next.journal.reader(cursor));
    expect(values(entries)).toEqual([10, 11]);
    // The numbers go on in another life.
    expect(entries.map(({ number }) => number)).toEqual([11, 12]);
    expect(entries[0]?.life).not.toBe(entries[1]?.life);
  });

  test("limits the bytes of a batch, and reads a larger entry alone", async () => {
    const large = "x".repeat(1000);
    await Promise.all([large, large, large, large.repeat(9), "small"].map((value) => room.push("b", value)));
    const reader = server.journal.reader(null);
    const lengths: number[] = [];
    for (;;) {
      const { entries } = reader.read({ bytes: 2_500 });
      if (entries.length === 0) break;
      lengths.push(entries.length);
      expect(lengths.length).toBeLessThan(9);
    }
    expect(lengths).toEqual([12, 1, 1, 1]);
  });

  test("recognises an entry by room, life, number and part", async () => {
    const [first, second] = [readAll(server.journal.reader(null)), readAll(server.journal.reader(null))];
    expect(second.entries.map(identity)).toEqual(first.entries.map(identity));
    await Promise.all(["x", "x"].map((value) => room.push("a", value)));
    const { entries } = readAll(server.journal.reader(first.cursor));
    expect(entries.map(({ number, part }) => [number, part])).toEqual([
      [11, 0],
      [11, 1],
    ]);
  });

  test("throws at a damaged entry, and may continue after it", async () => {
    await server.close();
    const damages = [
      "value = '\"damaged\"'",
      "value = CAST(value AS BLOB)",
      "value = CAST(x'ff' AS TEXT)",
      "value = NULL",
      "room = 'another'",
      "room = CAST(x'ff00' AS TEXT)",
      "life = 'another'",
      "number = number + 1",
      "part = 1",
      "action = 'replace'",
      "key = x'62'",
      "seq = seq + 1",
      "sender = 'mallory'",
      "time = time + 1",
      "checksum = checksum - 1",
    ];
    for (const damage of damages) {
      const directory = copyOf(server.directory);
      change(directory, `UPDATE journal SET ${damage} WHERE position = 5`);
      const damaged = new JournalServer(directory);
      const reader = damaged.journal.reader(null);
      const { entries, cursor } = reader.read();
      expect(values(entries), damage).toEqual([undefined, 1, 2, 3]);
      for (let i = 0; i < 2; i++) {
        const thrown = expect.objectContaining({ code: "damaged", position: 5 });
        expect(() => reader.read(), damage).toThrow(thrown);
      }
      const after = damaged.journal.reader({ ...cursor, position: 5 });
      expect(values(after.read().entries)).toEqual([5, 6, 7, 8, 9]);
      await damaged.close();
    }
  });

  test("must start over if its cursor belongs to another journal, or is beyond the end", async () => {
    const { cursor } = readAll(server.journal.reader(null));
    const code = (code: string) => expect.objectContaining({ name: "JournalError", code });
    expect(() => server.journal.reader({ ...cursor, journal: "another" })).toThrow(code("other_journal"));
    const ahead = server.journal.reader({ ...cursor, position: cursor.position + 1 });
    expect(() => ahead.read()).toThrow(code("ahead"));
  });
});

import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { JournalCursor, JournalEntry } from "../../src/engine/journal.js";
import type { JournalReader } from "../../src/engine/local/sqlite/journal-reader.js";
import type { SqliteJournal } from "../../src/engine/local/sqlite/sqlite-journal.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { ChildProgram } from "../child-program.js";
import { temporaryDirectory } from "../test-server.js";
import { identity } from "./journal-server.js";
import { finish } from "./sqlite-data.js";

describe("kill -9 between a commit and the reader", () => {
  const source = fileURLToPath(new URL("children/journalling-server.ts", import.meta.url));
  const program = ChildProgram.bundle(source);
  afterAll(async () => (await program).remove());

  test("loses no entry for the server or the reader", async () => {
    const directory = temporaryDirectory();
    const read: JournalEntry[] = [];
    const known = new Set<string>();
    let cursor: JournalCursor | null = null;
    let acknowledged = 0;
    for (let life = 0; life < 8; life++) {
      const child = (await program).start(directory, `${life}`);
      let output = "";
      const wanted = 1 + Math.floor(Math.random() * 40);
      await new Promise<void>((resolve) => {
        child.stderr?.on("data", (text) => console.error(String(text)));
        child.stdout?.on("data", (text) => {
          output += String(text);
          if (output.split("\n").length > wanted) child.kill("SIGKILL");
        });
        child.once("close", () => resolve());
      });
      const lines = output.split("\n").slice(0, -1);
      acknowledged += lines.length;

      const store = new SqliteStore(directory, { journal: true });
      // The reader sometimes crashes too, after it has read a batch and before it has stored the cursor.
      const reader: JournalReader = (store.journal as SqliteJournal).reader(cursor);
      for (;;) {
        const batch = reader.read({ rows: 7 });
        if (batch.entries.length === 0) break;
        expect(batch.entries[0]?.position).toBeGreaterThan(cursor?.position ?? 0);
        for (const entry of batch.entries) {
          if (known.has(identity(entry))) continue;
          known.add(identity(entry));
          read.push(entry);
        }
        if (Math.random() < 0.7) cursor = batch.cursor;
      }
      const has = new Set(read.map(({ room, value }) => `${room} ${JSON.stringify(value?.value)}`));
      expect(lines.filter((line) => !line.endsWith('"relayed"') && !has.has(line))).toEqual([]);
      for (const room of ["one", "two"]) {
        const state = finish(store.load(room));
        const stored = [...(state?.streams.values() ?? [])].flatMap((stream) => stream.since(0));
        const entries = read.filter((entry) => entry.room === room && entry.action === "append");
        expect(entries.map(({ seq, value }) => [seq, value?.value])).toEqual(
          stored
            .map(({ seq, value }) => [seq, value.value])
            .sort(([a], [b]) => (a as number) - (b as number)),
        );
        const numbers = entries.map(({ number, part }) => number * 1_000 + part);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      }
      store.close();
    }
    expect(acknowledged).toBeGreaterThan(8);
  }, 120_000);
});

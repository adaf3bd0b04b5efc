import fc from "fast-check";
import { expect, test } from "vitest";
import { TestHost } from "../test-host.js";
import { JournalServer, readAll } from "./journal-server.js";
import { finish, streamsOf } from "./sqlite-data.js";

test("the entries of a journal restore the streams of a room after random requests", async () => {
  const server = new JournalServer();
  const action = fc.constantFrom("append", "append", "replace", "relay", "compact", "turn", "reopen");
  const step = fc.record({ action, key: fc.constantFrom("a", "b"), back: fc.nat(6) });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const name = `room ${++count}`;
      const from = { ...readAll(server.journal.reader(null)).cursor };
      let room = await server.newRoom(name);
      let head = 0;
      for (const [i, { action, key, back }] of steps.entries()) {
        if (action === "turn" || action === "reopen") await room.barrier();
        if (action === "turn") continue;
        if (action === "reopen") {
          room.close();
          room = await TestHost.open(server.engine, name);
        } else if (action === "compact") {
          void room.push(key, `up to ${head - back}`, { type: "compact", seq: head - back });
        } else {
          head++;
          void room.push(key, i, action as "append");
        }
      }
      await room.barrier();
      const streams = new Map<string, { seq: number; value: unknown; snapshot: boolean }[]>();
      for (const { action, key, seq, value } of readAll(server.journal.reader(from), 3).entries) {
        if (key === null || seq === null) continue;
        const stream = streams.get(key) ?? [];
        const message = { seq, value: value?.value, snapshot: action === "compact" };
        if (action === "append") stream.push(message);
        else if (action === "replace") stream.splice(0, stream.length, message);
        else stream.splice(0, stream.filter((other) => other.seq <= seq).length, message);
        streams.set(key, stream);
      }
      expect(Object.fromEntries(streams)).toEqual(streamsOf(finish(server.store.load(name))));
      room.close();
    }),
    { numRuns: 200 },
  );
}, 60_000);

import { describe, expect, test } from "vitest";
import { append, compact, relay, replace } from "../messages.js";
import { DURABLE, ENGINES, enter, retained, TestServer } from "../test-server.js";

/** The first messages of each test. The key then retains 2, 4 and 5, and the room's newest seq is 6. */
const BEFORE = [
  relay("k", 1),
  append("k", "two"),
  append("other", 3),
  append("k", "four"),
  append("k", "five"),
  relay("other", 6),
];
const STREAM = [
  { value: "two", seq: 2 },
  { value: "four", seq: 4 },
  { value: "five", seq: 5 },
];

describe.each(ENGINES)("M4 compactions, %s", (engine) => {
  /** Sends the messages, and returns the key's stream. */
  async function after(...messages: object[]) {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const client = await enter(room);
    for (const message of [...BEFORE, ...messages]) client.send(message);
    await client.drain();
    const stream = await retained(room, "k");
    if (DURABLE.includes(engine)) {
      await server.restart();
      expect(await retained(room, "k"), "after a restart").toEqual(stream);
    }
    return stream;
  }

  test("M4 a compaction beyond the head changes nothing", async () => {
    expect(await after(compact("k", 7, "x"), compact("k", Number.MAX_SAFE_INTEGER, "x"))).toEqual(STREAM);
  });

  test("M4 a compaction below 1 changes nothing", async () => {
    expect(await after(compact("k", 0, "x"))).toEqual(STREAM);
  });

  test("M4 a compaction before the first retained seq changes nothing", async () => {
    expect(await after(compact("k", 1, "x"))).toEqual(STREAM);
  });

  test("M4 a compaction of a key that retains nothing changes nothing", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const client = await enter(room);
    client.send(relay("k", 1));
    client.send(compact("k", 1, "x"));
    await client.drain();
    expect(await retained(room, "k")).toEqual([]);
  });

  test("M4 a second snapshot at the seq of the first changes nothing", async () => {
    expect(await after(compact("k", 4, "first"), compact("k", 4, "second"))).toEqual([
      { value: "first", seq: 4 },
      { value: "five", seq: 5 },
    ]);
  });

  test("M4 a stale snapshot does not replace a newer one", async () => {
    expect(await after(compact("k", 4, "newer"), compact("k", 2, "stale"))).toEqual([
      { value: "newer", seq: 4 },
      { value: "five", seq: 5 },
    ]);
  });

  test("M4 a compaction from before a replace changes nothing", async () => {
    expect(await after(replace("k", "whole"), compact("k", 5, "stale"))).toEqual([
      { value: "whole", seq: 7 },
    ]);
  });

  test("M4 a compaction at the first retained seq is applied if that is no snapshot", async () => {
    expect(await after(compact("k", 2, "x"))).toEqual([{ value: "x", seq: 2 }, ...STREAM.slice(1)]);
  });

  test("M4 a compaction is applied at the head, and at a seq that another key has", async () => {
    expect(await after(compact("k", 6, "x"))).toEqual([{ value: "x", seq: 6 }]);
    expect(await after(compact("k", 3, "x"))).toEqual([{ value: "x", seq: 3 }, ...STREAM.slice(1)]);
  });

  test("M4 a newer snapshot replaces an older one", async () => {
    expect(await after(compact("k", 4, "older"), compact("k", 5, "newer"))).toEqual([
      { value: "newer", seq: 5 },
    ]);
  });

  test("M4 messages after a compaction at the head follow the snapshot", async () => {
    expect(await after(compact("k", 6, "x"), append("k", "seven"))).toEqual([
      { value: "x", seq: 6 },
      { value: "seven", seq: 7 },
    ]);
  });
});

test("M4 a snapshot is still a snapshot after a restart", async () => {
  const server = await TestServer.start("sqlite");
  const room = await server.newRoom();
  const before = await enter(room);
  for (const message of [append("k", 1), append("k", 2), compact("k", 2, "first")]) before.send(message);
  await before.drain();
  await server.restart();
  const client = await enter(room);
  client.send(compact("k", 2, "second"));
  await client.drain();
  expect(await retained(room, "k")).toEqual([{ value: "first", seq: 2 }]);
});

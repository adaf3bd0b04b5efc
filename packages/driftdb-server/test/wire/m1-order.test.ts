import { describe, expect, test } from "vitest";
import { append, compact, relay, replace } from "../messages.js";
import { ENGINES, enter, post, TestServer } from "../test-server.js";

describe.each(ENGINES)("M1 one total order, %s", (engine) => {
  test("M1 seq starts at 1 and rises by one with each broadcast message of any key", async () => {
    const server = await TestServer.start(engine);
    const client = await enter(await server.newRoom());
    client.send(append("a", "first"));
    client.send(relay("b", "second"));
    client.send(replace("", "third"));
    client.send(append("a", "fourth"));
    const frames = await client.drain();
    expect(frames.filter(({ type }) => type === "push").map(({ seq, value }) => [seq, value])).toEqual([
      [1, "first"],
      [2, "second"],
      [3, "third"],
      [4, "fourth"],
    ]);
  });

  test("M1 a compaction gets no seq of its own", async () => {
    const server = await TestServer.start(engine);
    const client = await enter(await server.newRoom());
    client.send(append("a", 1));
    client.send(compact("a", 1, "so far"));
    client.send(append("a", 2));
    const pushes = (await client.drain()).filter(({ type }) => type === "push");
    expect(pushes.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test("M1 each room has its own seqs", async () => {
    const server = await TestServer.start(engine);
    const [one, other] = [await enter(await server.newRoom()), await enter(await server.newRoom())];
    for (const client of [one, one, other]) client.send(append("a", "x"));
    expect((await one.drain()).filter(({ type }) => type === "push").map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await other.next()).toMatchObject({ type: "push", seq: 1 });
  });

  test("M1 clients that send at the same time see one order", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const clients = await Promise.all(Array.from({ length: 4 }, () => enter(room)));
    for (let i = 0; i < 50; i++) {
      for (const [who, client] of clients.entries()) client.send(relay(`k${i % 3}`, [who, i]));
    }
    const orders = await Promise.all(clients.map((client) => client.nextFrames(200)));
    expect(orders[0]?.map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    for (const order of orders) expect(order).toEqual(orders[0]);
    for (const who of clients.keys()) {
      const own = orders[0]
        ?.map(({ value }) => value as [number, number])
        .filter(([sender]) => sender === who);
      expect(own?.map(([, i]) => i)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    }
  });
});

describe("M1 seq never goes back across a restart", () => {
  test.each([
    ["the newest messages were relays", [append("a", 1), relay("a", 2), relay("b", 3)]],
    ["the room has retained nothing", [relay("a", 1), relay("a", 2), relay("a", 3)]],
    [
      "a compaction replaced the newest messages",
      [append("a", 1), append("a", 2), append("a", 3), compact("a", 3, 0)],
    ],
    ["a replace removed the others", [append("a", 1), append("a", 2), replace("a", 3)]],
  ])("M1 when %s", async (_, messages) => {
    const server = await TestServer.start("sqlite");
    const room = await server.newRoom();
    for (const message of messages) expect((await post(room, message)).status).toBe(200);
    // Two restarts: the second must restore what only the first has read from disk.
    await server.restart();
    await server.restart();
    const client = await enter(room);
    client.send(relay("a", "after"));
    expect(await client.next()).toEqual({ type: "push", key: "a", value: "after", seq: 4 });
  });

  test("M1 after many relays", async () => {
    const server = await TestServer.start("sqlite");
    const room = await server.newRoom();
    const before = await enter(room);
    for (let i = 0; i < 1_500; i++) before.send(relay("a", i));
    await before.drain();
    await server.restart();
    const client = await enter(room);
    client.send(append("a", "after"));
    expect(await client.next()).toMatchObject({ seq: 1_501 });
  });
});

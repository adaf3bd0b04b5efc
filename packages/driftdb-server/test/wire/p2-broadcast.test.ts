import { describe, expect, test } from "vitest";
import { append, relay } from "../messages.js";
import { ENGINES, enter, post, refusedUpgrade, TestServer } from "../test-server.js";

describe.each(ENGINES)("P2 and P6 broadcast, %s", (engine) => {
  test("P2 a connection gets every broadcast of the room in order, of any key", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [one, other, watcher] = [await enter(room), await enter(room), await enter(room)];
    for (let i = 0; i < 30; i++) (i % 2 ? one : other).send(relay(`key ${i % 5}`, i));
    const seen = await watcher.nextFrames(30);
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(seen.map(({ value }) => value as number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, i) => i),
    );
  });

  test("P2 replays nothing without a request", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    await post(room, append("k", "old"));
    const client = await enter(room);
    expect(await client.drain()).toEqual([]);
    await post(room, append("k", "new"));
    expect(await client.next()).toEqual({ type: "push", key: "k", value: "new", seq: 2 });
  });

  test("P2 broadcasts nothing to another room", async () => {
    const server = await TestServer.start(engine);
    const one = await enter(await server.newRoom());
    const other = await enter(await server.newRoom());
    one.send(append("k", "here"));
    await one.drain();
    expect(await other.drain()).toEqual([]);
  });

  test("P2 broadcasts a message that came over HTTP", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const client = await enter(room);
    await post(room, relay("k", "over HTTP"));
    expect(await client.next()).toEqual({ type: "push", key: "k", value: "over HTTP", seq: 1 });
  });

  test("P2 the broadcasts go on when a connection is closed or cut", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [closing, cut, staying] = [await enter(room), await enter(room), await enter(room)];
    await closing.close();
    cut.cut();
    await cut.ended;
    staying.send(append("k", "still here"));
    expect(await staying.drain()).toEqual([{ type: "push", key: "k", value: "still here", seq: 1 }]);
  });

  test("P2 broadcasts the messages that a connection sent before it closed", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [leaving, staying] = [await enter(room), await enter(room)];
    for (const value of [1, 2, 3]) leaving.send(append("k", value));
    void leaving.close();
    expect((await staying.nextFrames(3)).map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  test("P6 broadcasts a push to its sender too", async () => {
    const server = await TestServer.start(engine);
    const sender = await enter(await server.newRoom());
    sender.send(append("k", { own: true }));
    expect(await sender.next()).toEqual({ type: "push", key: "k", value: { own: true }, seq: 1 });
  });

  test("P6 sends stream_size to the sender alone, after its push", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [sender, other] = [await enter(room), await enter(room)];
    sender.send(append("k", 1));
    sender.send(append("k", 2));
    expect(await sender.drain()).toEqual([
      { type: "push", key: "k", value: 1, seq: 1 },
      { type: "push", key: "k", value: 2, seq: 2 },
      { type: "stream_size", key: "k", size: 2 },
    ]);
    expect((await other.drain()).map(({ type }) => type)).toEqual(["push", "push"]);
  });

  test.each([
    ["append", 3],
    ["relay", 2],
    ["compact", 2],
  ] as const)("P6 stream_size counts what the key retains after the push: %s", async (type, size) => {
    const server = await TestServer.start(engine);
    const sender = await enter(await server.newRoom());
    for (const value of [1, 2]) sender.send(append("k", value));
    sender.send(append("other", 3));
    await sender.drain();
    const action = type === "compact" ? { type, seq: 1 } : { type };
    sender.send({ type: "push", key: "k", value: "x", action });
    expect((await sender.drain()).at(-1)).toEqual({ type: "stream_size", key: "k", size });
  });

  test("P6 sends no stream_size if the key then retains one message or none", async () => {
    const server = await TestServer.start(engine);
    const sender = await enter(await server.newRoom());
    sender.send(relay("k", "none"));
    sender.send(append("k", "one"));
    sender.send(relay("k", "still one"));
    sender.send({ type: "push", key: "k", value: "one again", action: { type: "replace" } });
    sender.send({ type: "push", key: "k", value: "one still", action: { type: "compact", seq: 4 } });
    expect((await sender.drain()).map(({ type }) => type)).toEqual(["push", "push", "push", "push"]);
  });
});

describe("P2 refused upgrades", () => {
  test("P2 refuses an unknown room with 404", async () => {
    const server = await TestServer.start();
    const { status, body } = await refusedUpgrade(
      `${server.url.replace("http", "ws")}room/nosuchroom/connect`,
    );
    expect(status).toBe(404);
    expect(body).toContain("no such room");
  });

  test.each(["", "new", "room/ROOM", "room/ROOM/send", "room/ROOM/connect/more", "elsewhere"])(
    "P2 refuses an upgrade of /%s with 404 or 405",
    async (path) => {
      const server = await TestServer.start();
      const { room } = await server.newRoom();
      const url = server.url.replace("http", "ws") + path.replace("ROOM", room);
      expect([404, 405]).toContain((await refusedUpgrade(url)).status);
    },
  );
});

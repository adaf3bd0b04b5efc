import { describe, expect, test } from "vitest";
import { append, compact, get, relay, replace } from "../messages.js";
import type { Down } from "../raw-client.js";
import { newCid, rebased, session } from "../session.js";
import { DURABLE, ENGINES, enter, retained, TestServer } from "../test-server.js";

const numbered = (n: number, message: object) => ({ ...message, n });

/** All acks of some frames, in order. */
const acksIn = (frames: readonly { type: string; acks?: unknown }[]) =>
  frames.filter(({ type }) => type === "ack").flatMap(({ acks }) => acks as [number, number][]);

const pushes = (frames: readonly Down[]) => frames.filter(({ type }) => type === "push");

describe.each(ENGINES)("sessions (%s)", (engine) => {
  const start = async () => {
    const server = await TestServer.start(engine);
    return { server, room: await server.newRoom() };
  };

  test("S1 the first frame is hello", async () => {
    const { room } = await start();
    const plain = await enter(room);
    plain.send(append("k", 1));
    await plain.drain();
    const { hello } = await session(room);
    expect(hello).toEqual({
      type: "hello",
      v: 2,
      epoch: expect.stringMatching(/^\w{10}$/),
      seq: 1,
      you: expect.stringMatching(/^[\w-]{16}$/),
      term: expect.stringMatching(/^\w{10}$/),
      resumed: false,
      acked: 0,
      acks: [],
      limits: { messageBytes: 1_048_576, inFlight: 256 },
    });
  });

  test("S1 hello of a known session has its numbers, and the same public name", async () => {
    const { room, server } = await start();
    const first = await session(room);
    first.client.send(numbered(1, append("k", "a")));
    first.client.send(numbered(2, relay("k", "b")));
    first.client.send(numbered(3, compact("k", 1, "c")));
    await first.client.drain();
    await first.client.close();
    if (DURABLE.includes(engine)) await server.restart();
    const again = await session(rebased(room, server), first.cid);
    expect(again.hello).toMatchObject({
      resumed: false,
      acked: 3,
      acks: [
        [1, 1],
        [2, 2],
        [3, 1],
      ],
      seq: 2,
    });
    expect(again.hello.you).toBe(first.hello.you);
    expect(again.hello.epoch).toBe(first.hello.epoch);
  });

  test("S2 gets each broadcast of its subscribed keys once, until it unsubscribes", async () => {
    const { room } = await start();
    const { client } = await session(room);
    const other = await enter(room);
    client.send(get("a"));
    client.send(get("a"));
    await client.drain();
    other.send(append("a", 1));
    other.send(append("b", 2));
    await other.drain();
    expect(pushes(await client.drain())).toMatchObject([{ key: "a", value: 1 }]);
    client.send({ type: "unsubscribe", key: "a" });
    await client.drain();
    other.send(append("a", 3));
    await other.drain();
    expect(await client.drain()).toEqual([]);
  });

  test("S2 gets every broadcast with keys=all", async () => {
    const { room } = await start();
    const { client } = await session(room, newCid(), "&keys=all");
    const other = await enter(room);
    other.send(append("a", 1));
    other.send(relay("b", 2));
    await other.drain();
    expect(pushes(await client.drain())).toMatchObject([{ key: "a" }, { key: "b" }]);
  });

  test("S3 applies a repeated message once, and acknowledges it with its first seq", async () => {
    const { room, server } = await start();
    const first = await session(room);
    first.client.send(numbered(1, append("k", "once")));
    await first.client.drain();
    first.client.send(numbered(1, append("k", "once")));
    expect(acksIn(await first.client.drain())).toEqual([[1, 1]]);
    await first.client.close();
    if (DURABLE.includes(engine)) await server.restart();
    const there = rebased(room, server);
    const again = await session(there, first.cid);
    again.client.send(numbered(1, append("k", "once")));
    again.client.send(numbered(2, append("k", "twice")));
    const acks = acksIn(await again.client.drain());
    expect(acks[0]).toEqual([1, 1]);
    expect(await retained(there, "k")).toMatchObject([{ value: "once" }, { value: "twice" }]);
  });

  test("S3 a gap in n closes the connection with 4009, and applies nothing", async () => {
    const { room } = await start();
    const { client } = await session(room);
    client.send(numbered(2, append("k", 1)));
    expect((await client.ended).code).toBe(4009);
    expect(await retained(room, "k")).toEqual([]);
  });

  test("S4 one frame acknowledges all messages of a commit, after their broadcasts", async () => {
    const { room } = await start();
    const { client } = await session(room);
    client.send(get("k"));
    await client.drain();
    // One TCP segment arrives in one turn of the event loop.
    const { _socket: socket } = client.socket as unknown as { _socket: { cork(): void; uncork(): void } };
    socket.cork();
    for (let n = 1; n <= 5; n++) client.send(numbered(n, append("k", n)));
    socket.uncork();
    const frames = await client.drain();
    expect(frames.filter(({ type }) => type === "ack")).toEqual([
      {
        type: "ack",
        acks: [
          [1, 1],
          [2, 2],
          [3, 3],
          [4, 4],
          [5, 5],
        ],
      },
    ]);
    expect(frames.findIndex(({ type }) => type === "ack")).toBeGreaterThan(
      frames.findLastIndex(({ type }) => type === "push"),
    );
  });

  test("S4 the error of a refused message has its n, which is used up", async () => {
    const server = await TestServer.start(engine, { keys: 1 });
    const room = await server.newRoom();
    const { client, cid } = await session(room);
    client.send(numbered(1, append("a", 1)));
    client.send(numbered(2, append("b", 1)));
    client.send(numbered(3, append("a", 1)));
    const frames = await client.drain();
    expect(frames).toContainEqual({
      type: "error",
      code: "too_many_keys",
      message: expect.any(String),
      n: 2,
    });
    expect(acksIn(frames)).toEqual([
      [1, 1],
      [3, 2],
    ]);
    const again = await session(room, cid);
    expect(again.hello).toMatchObject({
      acked: 3,
      acks: [
        [1, 1],
        [2, 0],
        [3, 2],
      ],
    });
  });

  test("S4 the error of a bad message has its n, which stays used up after a restart", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const { client, cid } = await session(room);
    client.send(numbered(1, append("a", 1)));
    client.send({ type: "push", key: "a", value: null, action: { type: "append" }, n: 2 } as never);
    client.send(numbered(3, append("a", 1)));
    client.send({ type: "push", key: 1, value: 1, action: { type: "append" }, n: 2 } as never);
    const frames = await client.drain();
    const error = { type: "error", code: "bad_value", message: expect.any(String), n: 2 };
    expect(frames.filter(({ type }) => type === "error")).toEqual([error]);
    expect(acksIn(frames)).toEqual([
      [1, 1],
      [3, 2],
      [2, 0],
    ]);
    const again = await session(room, cid);
    expect(again.hello.acks).toEqual([
      [1, 1],
      [2, 0],
      [3, 2],
    ]);
  });

  test("S4 a bad message ends the session if its n leaves a gap", async () => {
    const server = await TestServer.start(engine);
    const { client } = await session(await server.newRoom());
    client.send({ type: "push", key: 1, value: 1, action: { type: "append" }, n: 2 } as never);
    expect(await client.ended).toMatchObject({ code: 4009 });
  });

  test("S6 a retained push has the key's previous seq, a relay has none, a replace is marked", async () => {
    const { room } = await start();
    const { client } = await session(room, newCid(), "&keys=all");
    client.send(append("a", 1));
    client.send(append("b", 2));
    client.send(relay("a", 3));
    client.send(append("a", 4));
    client.send(replace("a", 5));
    const seen = pushes(await client.drain());
    expect(seen.map(({ seq, prev, replace }) => [seq, prev, replace])).toEqual([
      [1, 0, undefined],
      [2, 0, undefined],
      [3, undefined, undefined],
      [4, 1, undefined],
      [5, 4, true],
    ]);
  });

  test("S7 resume answers with the newer messages and head", async () => {
    const { room } = await start();
    const { client, hello } = await session(room);
    for (const value of [1, 2, 3]) client.send(append("k", value));
    client.send(relay("other", 0));
    client.send({ ...get("k", 2), epoch: hello.epoch });
    const frames = await client.drain();
    expect(frames.find(({ type }) => type === "init")).toEqual({
      type: "init",
      key: "k",
      data: [{ value: 3, seq: 3 }],
      head: 4,
    });
  });

  test.each([
    ["another epoch", (epoch: string) => ({ ...get("k", 2), epoch: `${epoch}x` }), compact("k", 1, "s")],
    [
      "a snapshot newer than the client's last message",
      (epoch: string) => ({ ...get("k", 2), epoch }),
      compact("k", 3, "s"),
    ],
    [
      "a replace newer than the client's last message",
      (epoch: string) => ({ ...get("k", 2), epoch }),
      replace("k", "r"),
    ],
  ])("S7 resume starts over after %s", async (_, ask, swallow) => {
    const { room } = await start();
    const { client, hello } = await session(room);
    for (const value of [1, 2, 3, 4]) client.send(append("k", value));
    client.send(swallow);
    client.send(ask(hello.epoch as string));
    const init = (await client.drain()).find(({ type }) => type === "init");
    expect(init).toMatchObject({ reset: true, data: await retained(room, "k") });
  });

  test("S7 resume does not start over for a snapshot of messages that the client has", async () => {
    const { room } = await start();
    const { client, hello } = await session(room);
    for (const value of [1, 2, 3]) client.send(append("k", value));
    client.send(compact("k", 2, "s"));
    client.send({ ...get("k", 2), epoch: hello.epoch });
    const init = (await client.drain()).find(({ type }) => type === "init");
    expect(init).toEqual({ type: "init", key: "k", data: [{ value: 3, seq: 3 }], head: 3 });
  });

  test("S8 acknowledges a compaction that lacks the key's newest message, and does not apply it", async () => {
    const { room } = await start();
    const { client } = await session(room);
    for (const n of [1, 2, 3]) client.send(numbered(n, append("k", n)));
    const careless = { type: "push", key: "k", value: "1", action: { type: "compact", seq: 2, last: 1 } };
    client.send(numbered(4, careless));
    expect(acksIn(await client.drain()).at(-1)).toEqual([4, 2]);
    expect(await retained(room, "k")).toHaveLength(3);
    client.send(numbered(5, { ...careless, action: { type: "compact", seq: 2, last: 2 } }));
    await client.drain();
    expect(await retained(room, "k")).toEqual([
      { value: "1", seq: 2 },
      { value: 3, seq: 3 },
    ]);
  });

  test("S10 a second connection takes over its session, and closes the first with 4001", async () => {
    const { room } = await start();
    const first = await session(room);
    const second = await session(room, first.cid);
    expect((await first.client.ended).code).toBe(4001);
    second.client.send(numbered(1, append("k", 1)));
    expect(acksIn(await second.client.drain())).toEqual([[1, 1]]);
  });

  test("S14 accepts a session of an unknown room, and closes it with 4004", async () => {
    const { room } = await start();
    const nowhere = { ...room, socket_url: room.socket_url.replace(room.room, "nowhere") };
    const client = await enter(nowhere, `?v=2&cid=${newCid()}`);
    expect((await client.ended).code).toBe(4004);
  });

  test("refuses a cid that could be guessed", async () => {
    const { room } = await start();
    await expect(enter(room, "?v=2&cid=short")).rejects.toThrow("400");
  });

  test("plain connections and sessions share a room, each with JSON and CBOR", async () => {
    const { room } = await start();
    const plain = await enter(room);
    const { client } = await session(room, newCid(), "&keys=all&cbor=true");
    const bytes = new Uint8Array([1, 2]);
    client.sendCbor(numbered(1, append("k", { bytes })));
    plain.send(append("k", 2));
    await plain.drain();
    expect(pushes(plain.frames)).toEqual([
      { type: "push", key: "k", value: { bytes: [1, 2] }, seq: 1 },
      { type: "push", key: "k", value: 2, seq: 2 },
    ]);
    expect(pushes(await client.drain())).toMatchObject([{ value: { bytes }, prev: 0 }, { prev: 1 }]);
    expect(client.raw.every(({ binary }) => binary)).toBe(true);
  });
});

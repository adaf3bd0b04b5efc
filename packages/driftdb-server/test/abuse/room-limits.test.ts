import { describe, expect, test } from "vitest";
import { append, compact, relay, replace } from "../messages.js";
import { ENGINES, enter, post, retained, TestServer } from "../test-server.js";

/** A value of `bytes` bytes as JSON. */
const bytes = (count: number) => "x".repeat(count - 2);

describe.each(ENGINES)("the limits of a room refuse messages, and evict nothing, %s", (engine) => {
  async function start(limits: object) {
    const server = await TestServer.start(engine, limits);
    const room = await server.newRoom();
    return { server, room, sender: await enter(room), neighbour: await enter(room) };
  }
  type Started = Awaited<ReturnType<typeof start>>;

  /** Sends a message, and expects the error and no other effect. */
  async function expectRefused({ room, sender, neighbour }: Started, message: object, code: string) {
    await sender.drain();
    await neighbour.drain();
    const key = (message as { key: string }).key;
    const before = await retained(room, key);
    sender.send(message);
    const [error, ...others] = await sender.drain();
    expect(error).toEqual({ type: "error", message: expect.any(String), code });
    expect(others).toEqual([]);
    const response = await post(room, message);
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual(error);
    expect(await neighbour.drain()).toEqual([]);
    expect(await retained(room, key)).toEqual(before);
  }

  test("M3 refuse more keys, and accept messages of the present ones", async () => {
    const there = await start({ keys: 2 });
    const { sender, room } = there;
    sender.send(append("a", 1));
    sender.send(append("b", 2));
    await expectRefused(there, append("c", 3), "too_many_keys");
    await expectRefused(there, replace("c", 3), "too_many_keys");
    sender.send(relay("c", "a relay is retained by no key"));
    sender.send(append("a", 4));
    const frames = await sender.drain();
    // A refused message gets no seq (M1).
    expect(frames.map(({ seq }) => seq ?? 0)).toEqual([3, 4, 0]);
    expect(await retained(room, "b")).toEqual([{ value: 2, seq: 2 }]);
  });

  test("M3 refuse more messages of a key, until a compaction", async () => {
    const there = await start({ messagesPerKey: 3 });
    const { sender, room } = there;
    for (const value of [1, 2, 3]) sender.send(append("k", value));
    await expectRefused(there, append("k", 4), "stream_full");
    sender.send(append("other", "is another key"));
    sender.send(compact("k", 2, "1 and 2"));
    sender.send(append("k", 5));
    await sender.drain();
    expect(await retained(room, "k")).toEqual([
      { value: "1 and 2", seq: 2 },
      { value: 3, seq: 3 },
      { value: 5, seq: 5 },
    ]);
    await expectRefused(there, append("k", 6), "stream_full");
    sender.send(replace("k", "whole"));
    await sender.drain();
    expect(await retained(room, "k")).toEqual([{ value: "whole", seq: 6 }]);
  });

  test("M3 refuse more bytes of a key, until a smaller replace", async () => {
    const there = await start({ bytesPerKey: 100 });
    const { sender, room } = there;
    sender.send(append("k", bytes(60)));
    await expectRefused(there, append("k", bytes(41)), "stream_full");
    await expectRefused(there, replace("k", bytes(101)), "stream_full");
    sender.send(append("k", bytes(40)));
    await expectRefused(there, append("k", 1), "stream_full");
    await expectRefused(there, compact("k", 1, bytes(61)), "stream_full");
    sender.send(compact("k", 1, bytes(60)));
    sender.send(compact("k", 2, bytes(10)));
    await sender.drain();
    expect(await retained(room, "k")).toEqual([{ value: bytes(10), seq: 2 }]);
  });

  test("M3 refuse more bytes of a room on every key, until one key frees some", async () => {
    const there = await start({ bytesPerRoom: 100 });
    const { sender } = there;
    sender.send(append("a", bytes(60)));
    sender.send(append("b", bytes(40)));
    await expectRefused(there, append("c", 1), "room_full");
    await expectRefused(there, append("a", 1), "room_full");
    sender.send(replace("b", bytes(30)));
    sender.send(append("c", bytes(10)));
    expect((await sender.drain()).map(({ type }) => type)).toEqual(["push", "push"]);
    await expectRefused(there, append("c", 1), "room_full");
  });

  test("M3 count a byte string by its bytes", async () => {
    const there = await start({ bytesPerKey: 100 });
    there.sender.sendCbor(append("k", new Uint8Array(90)));
    await expectRefused(there, append("k", bytes(10)), "stream_full");
  });
});

test("M3 the limits count the retained messages after a restart too", async () => {
  const server = await TestServer.start("sqlite", { keys: 2, messagesPerKey: 2, bytesPerRoom: 100 });
  const room = await server.newRoom();
  await post(room, append("a", bytes(30)));
  await post(room, append("a", bytes(30)));
  await post(room, append("b", bytes(30)));
  await server.restart();
  for (const [message, code] of [
    [append("c", 1), "too_many_keys"],
    [append("a", 1), "stream_full"],
    [append("b", bytes(11)), "room_full"],
  ] as const) {
    expect(await (await post(room, message)).json()).toMatchObject({ type: "error", code });
  }
  expect((await post(room, append("b", bytes(10)))).status).toBe(200);
});

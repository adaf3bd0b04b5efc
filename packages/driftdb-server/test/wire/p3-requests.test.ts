import { describe, expect, test } from "vitest";
import { append, compact, get, relay, replace } from "../messages.js";
import { ENGINES, enter, retained, TestServer } from "../test-server.js";

describe.each(ENGINES)("P3 to P5 requests and answers, %s", (engine) => {
  async function client() {
    const server = await TestServer.start(engine);
    return enter(await server.newRoom());
  }

  test("P3 accepts push with each action, get and ping", async () => {
    const sender = await client();
    for (const message of [append("k", 1), replace("k", 2), relay("k", 3), compact("k", 2, 4), get("k")]) {
      sender.send(message);
    }
    sender.send({ type: "ping", nonce: 5 });
    expect(await sender.drain()).toEqual([
      { type: "push", key: "k", value: 1, seq: 1 },
      { type: "push", key: "k", value: 2, seq: 2 },
      { type: "push", key: "k", value: 3, seq: 3 },
      { type: "init", key: "k", data: [{ value: 4, seq: 2 }] },
      { type: "pong", nonce: 5 },
    ]);
  });

  test("P3 applies messages after a get, even if the sender closes before the answer", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    for (let i = 0; i < 20; i++) {
      const sender = await enter(room);
      sender.send(get("a"));
      sender.send(append("k", i));
      sender.socket.close(1000);
      await sender.ended;
    }
    await (await enter(room)).drain();
    expect(await retained(room, "k")).toHaveLength(20);
  });

  test("P3 ignores unknown fields, and does not pass them on", async () => {
    const sender = await client();
    const push = { type: "push", key: "k", value: 1, action: { type: "append", seq: "no matter", x: 1 } };
    sender.send({ ...push, n: 1, seq: 99, from: "me", __extra: { deep: [] } });
    sender.send({ type: "get", key: "k", epoch: "x", value: null });
    sender.send({ type: "ping", nonce: 7, key: 12 });
    expect(await sender.drain()).toEqual([
      { type: "push", key: "k", value: 1, seq: 1 },
      { type: "init", key: "k", data: [{ value: 1, seq: 1 }] },
      { type: "pong", nonce: 7 },
    ]);
  });

  test("P3 a pong has the ping's nonce, which may be missing", async () => {
    const sender = await client();
    for (const nonce of [0, -1, 1.5, Number.MAX_SAFE_INTEGER]) {
      sender.send({ type: "ping", nonce });
      expect(await sender.next()).toEqual({ type: "pong", nonce });
    }
    sender.send({ type: "ping" });
    expect(await sender.next()).toEqual({ type: "pong" });
  });

  test("P4 answers requests in their order", async () => {
    const sender = await client();
    for (let i = 0; i < 50; i++) {
      sender.send(append("k", i));
      sender.send(get("k", i));
      sender.send({ type: "ping", nonce: i });
      sender.send({ type: "nonsense" });
    }
    const frames = (await sender.drain()).filter(({ type }) => type !== "stream_size");
    expect(frames.map(({ type }) => type)).toEqual(
      Array.from({ length: 50 }, () => ["push", "init", "pong", "error"]).flat(),
    );
    for (let i = 0; i < 50; i++) {
      expect(frames.slice(4 * i, 4 * i + 3)).toEqual([
        { type: "push", key: "k", value: i, seq: i + 1 },
        { type: "init", key: "k", data: [{ value: i, seq: i + 1 }] },
        { type: "pong", nonce: i },
      ]);
    }
  });

  test("P4 every frame of the server has one of the five shapes, without further fields", async () => {
    const sender = await client();
    for (const message of [
      append("k", 1),
      append("k", 2),
      get("k"),
      { type: "ping", nonce: 3 },
      "no object",
    ]) {
      sender.send(message);
    }
    const frames = await sender.drain();
    expect(frames).toEqual([
      { type: "push", key: "k", value: 1, seq: 1 },
      { type: "push", key: "k", value: 2, seq: 2 },
      { type: "stream_size", key: "k", size: 2 },
      {
        type: "init",
        key: "k",
        data: [
          { value: 1, seq: 1 },
          { value: 2, seq: 2 },
        ],
      },
      { type: "pong", nonce: 3 },
      { type: "error", message: expect.any(String), code: "bad_message" },
    ]);
    expect(sender.raw.every(({ binary }) => !binary)).toBe(true);
  });

  test("P5 a get without seq means seq 0", async () => {
    const sender = await client();
    for (const value of ["a", "b"]) sender.send(append("k", value));
    await sender.drain();
    sender.send(get("k"));
    sender.send(get("k", 0));
    const [without, zero] = await sender.nextFrames(2);
    expect(without).toEqual(zero);
    expect(without?.data).toEqual([
      { value: "a", seq: 1 },
      { value: "b", seq: 2 },
    ]);
  });

  test("P5 a get with seq n is answered with the retained messages of higher seqs, rising", async () => {
    const sender = await client();
    // The key gets the odd seqs from 1 to 9.
    for (let i = 1; i <= 9; i++) sender.send(append(i % 2 ? "k" : "other", i));
    await sender.drain();
    for (const [n, seqs] of [
      [1, [3, 5, 7, 9]],
      [4, [5, 7, 9]],
      [8, [9]],
      [9, []],
      [1_000, []],
      [Number.MAX_SAFE_INTEGER, []],
    ] as const) {
      sender.send(get("k", n));
      const data = seqs.map((seq) => ({ value: seq, seq }));
      expect(await sender.next()).toEqual({ type: "init", key: "k", data });
    }
  });

  test("P5 answers with an empty init for a key that retains nothing", async () => {
    const sender = await client();
    sender.send(get("never used"));
    expect(await sender.next()).toEqual({ type: "init", key: "never used", data: [] });
  });

  test("P5 does not answer a get with seq null", async () => {
    const sender = await client();
    sender.send(append("k", 1));
    await sender.drain();
    sender.send(get("k", null));
    expect(await sender.drain()).toEqual([]);
  });

  test("P5 sends an init to the client that asked, as often as it asks", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [one, other] = [await enter(room), await enter(room)];
    for (let i = 0; i < 3; i++) one.send(get("k"));
    expect((await one.drain()).map(({ type }) => type)).toEqual(["init", "init", "init"]);
    expect(await other.drain()).toEqual([]);
    // A client that has asked twice gets each push once.
    other.send(append("k", 1));
    await other.drain();
    expect(await one.drain()).toHaveLength(1);
  });
});

import { describe, expect, test } from "vitest";
import { append, compact, relay, replace } from "../messages.js";
import { ENGINES, enter, post, TestServer } from "../test-server.js";

describe.each(ENGINES)("P8 ?debug=true, %s", (engine) => {
  test("P8 sends one init per existing key on connect", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    for (const message of [append("a", 1), append("b", 2), append("a", 3), replace("", 4), relay("c", 5)]) {
      await post(room, message);
    }
    const client = await enter(room, "?debug=true");
    expect(await client.drain()).toEqual([
      {
        type: "init",
        key: "a",
        data: [
          { value: 1, seq: 1 },
          { value: 3, seq: 3 },
        ],
      },
      { type: "init", key: "b", data: [{ value: 2, seq: 2 }] },
      { type: "init", key: "", data: [{ value: 4, seq: 4 }] },
    ]);
  });

  test("P8, S12 sends the inits of many large keys", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
    for (const key of keys) await post(room, append(key, "x".repeat(100_000)));
    const client = await enter(room, "?debug=true");
    expect((await client.drain()).map(({ key }) => key)).toEqual(keys);
  });

  test("P8 sends nothing on connect to an empty room", async () => {
    const server = await TestServer.start(engine);
    const client = await enter(await server.newRoom(), "?debug=true");
    expect(await client.drain()).toEqual([]);
  });

  test("P8 sends each mutation as an init of its key, and a relay as a push", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [debug, sender] = [await enter(room, "?debug=true"), await enter(room)];
    const seen = async (message: object) => {
      sender.send(message);
      await sender.drain();
      return debug.drain();
    };
    const init = (...data: [unknown, number][]) => [
      { type: "init", key: "k", data: data.map(([value, seq]) => ({ value, seq })) },
    ];
    expect(await seen(append("k", "a"))).toEqual(init(["a", 1]));
    expect(await seen(append("k", "b"))).toEqual(init(["a", 1], ["b", 2]));
    expect(await seen(relay("k", "gone"))).toEqual([{ type: "push", key: "k", value: "gone", seq: 3 }]);
    expect(await seen(compact("k", 1, "snapshot"))).toEqual(init(["snapshot", 1], ["b", 2]));
    expect(await seen(compact("k", 1, "stale"))).toEqual([]);
    expect(await seen(replace("k", "whole"))).toEqual(init(["whole", 4]));
  });

  test("P8 after many mutations in one turn, the last init has the present stream", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [debug, sender] = [await enter(room, "?debug=true"), await enter(room)];
    for (let i = 1; i <= 20; i++) sender.send(append("k", i));
    await sender.drain();
    const shown = await debug.drain();
    expect(shown).toHaveLength(20);
    expect(shown.at(-1)).toEqual({
      type: "init",
      key: "k",
      data: Array.from({ length: 20 }, (_, i) => ({ value: i + 1, seq: i + 1 })),
    });
  });

  test("P8 a debug connection may send messages, and gets answers", async () => {
    const server = await TestServer.start(engine);
    const debug = await enter(await server.newRoom(), "?debug=true");
    debug.send(append("k", 1));
    debug.send({ type: "nonsense" });
    debug.send({ type: "get", key: "k" });
    const frames = await debug.nextFrames(3);
    expect(frames.map(({ type }) => type).sort()).toEqual(["error", "init", "init"]);
  });

  test("P8 other connections get pushes, and no inits", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    await post(room, append("k", 1));
    const plain = await enter(room);
    await (await enter(room, "?debug=true")).drain();
    await post(room, append("k", 2));
    expect(await plain.drain()).toEqual([{ type: "push", key: "k", value: 2, seq: 2 }]);
  });

  test("P8 works with CBOR", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    await post(room, append("k", 1));
    for (const query of ["?debug=true&cbor=true", "?debug=true?cbor=true"]) {
      const debug = await enter(room, query);
      expect(await debug.next()).toEqual({ type: "init", key: "k", data: [{ value: 1, seq: 1 }] });
      expect(debug.raw[0]?.binary).toBe(true);
    }
  });
});

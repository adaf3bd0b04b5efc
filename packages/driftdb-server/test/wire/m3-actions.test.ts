import { describe, expect, test } from "vitest";
import { append, compact, get, relay, replace } from "../messages.js";
import { ENGINES, enter, retained, TestServer } from "../test-server.js";

describe.each(ENGINES)("M3 the four actions, %s", (engine) => {
  async function room() {
    const server = await TestServer.start(engine);
    const created = await server.newRoom();
    return { room: created, sender: await enter(created), other: await enter(created) };
  }

  test("M3 append broadcasts and retains", async () => {
    const { room: there, sender, other } = await room();
    sender.send(append("k", "a"));
    sender.send(append("k", "b"));
    await sender.drain();
    expect(await other.drain()).toEqual([
      { type: "push", key: "k", value: "a", seq: 1 },
      { type: "push", key: "k", value: "b", seq: 2 },
    ]);
    expect(await retained(there, "k")).toEqual([
      { value: "a", seq: 1 },
      { value: "b", seq: 2 },
    ]);
  });

  test("M3 relay broadcasts, gets a seq, and retains nothing", async () => {
    const { room: there, sender, other } = await room();
    sender.send(append("k", "kept"));
    sender.send(relay("k", "gone"));
    await sender.drain();
    expect((await other.drain()).at(-1)).toEqual({ type: "push", key: "k", value: "gone", seq: 2 });
    expect(await retained(there, "k")).toEqual([{ value: "kept", seq: 1 }]);
  });

  test("M3 replace broadcasts and becomes the whole stream of its key only", async () => {
    const { room: there, sender, other } = await room();
    for (const message of [append("k", 1), append("k", 2), append("other", 3)]) sender.send(message);
    sender.send(replace("k", "all"));
    await sender.drain();
    expect((await other.drain()).at(-1)).toEqual({ type: "push", key: "k", value: "all", seq: 4 });
    expect(await retained(there, "k")).toEqual([{ value: "all", seq: 4 }]);
    expect(await retained(there, "other")).toEqual([{ value: 3, seq: 3 }]);
  });

  test("M3 replace on a key that retains nothing starts its stream", async () => {
    const { room: there, sender } = await room();
    sender.send(replace("k", "all"));
    await sender.drain();
    expect(await retained(there, "k")).toEqual([{ value: "all", seq: 1 }]);
  });

  test("M3 compact broadcasts nothing", async () => {
    const { sender, other } = await room();
    sender.send(append("k", 1));
    await sender.drain();
    await other.drain();
    sender.send(compact("k", 1, "so far"));
    expect(await sender.drain()).toEqual([]);
    expect(await other.drain()).toEqual([]);
  });

  test("M3 compact deletes the messages of its key up to its seq and puts its own value first", async () => {
    const { room: there, sender } = await room();
    for (const value of [1, 2, 3, 4]) sender.send(append("k", value));
    sender.send(append("other", 5));
    sender.send(compact("k", 3, "1 to 3"));
    await sender.drain();
    expect(await retained(there, "k")).toEqual([
      { value: "1 to 3", seq: 3 },
      { value: 4, seq: 4 },
    ]);
    expect(await retained(there, "other")).toEqual([{ value: 5, seq: 5 }]);
    sender.send(get("k", 3));
    expect(await sender.next()).toEqual({ type: "init", key: "k", data: [{ value: 4, seq: 4 }] });
  });
});

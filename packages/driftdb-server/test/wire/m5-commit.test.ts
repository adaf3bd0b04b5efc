import { cpSync } from "node:fs";
import { createServer } from "driftdb-server";
import { describe, expect, onTestFinished, test } from "vitest";
import { append, compact, replace } from "../messages.js";
import { ENGINES, enter, post, retained, TestServer, temporaryDirectory } from "../test-server.js";

/** A key's messages after a crash at this moment: another server opens a copy of the files. */
async function afterCrash(server: TestServer, room: string, key: string): Promise<unknown> {
  const data = temporaryDirectory();
  cpSync(server.data, data, { recursive: true });
  const survivor = createServer({ data });
  onTestFinished(() => survivor.close());
  const url = await survivor.listen({ port: 0 });
  const urls = { room, socket_url: "", http_url: `${url}room/${room}/send` };
  return retained(urls, key);
}

describe("M5 commit, then broadcast, then acknowledge", () => {
  test("M5 messages that were answered over HTTP survive a restart", async () => {
    const server = await TestServer.start("sqlite");
    const room = await server.newRoom();
    const values = Array.from({ length: 50 }, (_, i) => i);
    const answers = await Promise.all(values.map((value) => post(room, append("k", value))));
    expect(answers.map(({ status }) => status)).toEqual(values.map(() => 200));
    const before = (await retained(room, "k")) as { value: number }[];
    expect(before.map(({ value }) => value).sort((a, b) => a - b)).toEqual(values);
    await server.restart();
    expect(await retained(room, "k")).toEqual(before);
  });

  test("M5 messages that were answered over HTTP survive a crash", async () => {
    const server = await TestServer.start("sqlite");
    const room = await server.newRoom();
    await post(room, append("k", 1));
    await post(room, append("k", 2));
    await post(room, compact("k", 1, "one"));
    expect(await afterCrash(server, room.room, "k")).toEqual([
      { value: "one", seq: 1 },
      { value: 2, seq: 2 },
    ]);
  });

  test("M5 messages that were broadcast survive a crash", async () => {
    const server = await TestServer.start("sqlite");
    const room = await server.newRoom();
    const [sender, other] = [await enter(room), await enter(room)];
    sender.send(replace("k", "seen"));
    const { value, seq } = await other.next();
    expect(await afterCrash(server, room.room, "k")).toEqual([{ value, seq }]);
  });

  test("M5 a room that POST /new has returned survives a crash", async () => {
    const server = await TestServer.start("sqlite");
    const { room } = await server.newRoom();
    expect(await afterCrash(server, room, "k")).toEqual([]);
  });

  test("M5 a seq that left the server is not used again after a crash", async () => {
    const server = await TestServer.start("sqlite");
    const room = await server.newRoom();
    const sender = await enter(room);
    sender.send(append("k", 1));
    for (const value of [2, 3]) sender.send({ type: "push", key: "k", value, action: { type: "relay" } });
    await sender.drain();
    const data = temporaryDirectory();
    cpSync(server.data, data, { recursive: true });
    const survivor = createServer({ data });
    onTestFinished(() => survivor.close());
    const socket = (await survivor.listen({ port: 0 })).replace("http", "ws");
    const client = await enter({ ...room, socket_url: `${socket}room/${room.room}/connect` });
    client.send(append("k", "after"));
    expect((await client.next()).seq).toBeGreaterThan(3);
  });
});

describe.each(ENGINES)("M5 for clients, %s", (engine) => {
  test("M5 the sender gets the broadcast before its own answers", async () => {
    const server = await TestServer.start(engine);
    const sender = await enter(await server.newRoom());
    for (let i = 1; i <= 20; i++) sender.send(append("k", i));
    const frames = await sender.drain();
    // Each size follows its own broadcast: 1, 2 + size 2, 3 + size 3 …
    expect(frames.map((frame) => frame.seq ?? `size ${frame.size}`)).toEqual([
      1,
      ...Array.from({ length: 19 }, (_, i) => [i + 2, `size ${i + 2}`]).flat(),
    ]);
  });

  test("M5 the server broadcasts a message before it answers the sender over HTTP", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const other = await enter(room);
    await post(room, append("k", "x"));
    expect(await other.drain()).toEqual([{ type: "push", key: "k", value: "x", seq: 1 }]);
  });

  test("M5 a get has all messages that any client pushed before it", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [one, other] = [await enter(room), await enter(room)];
    one.send(append("k", "x"));
    await other.next();
    other.send({ type: "get", key: "k" });
    expect(await other.next()).toEqual({ type: "init", key: "k", data: [{ value: "x", seq: 1 }] });
  });
});

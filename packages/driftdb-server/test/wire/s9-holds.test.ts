import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { cbor } from "driftdb-protocol/cbor";
import { describe, expect, test } from "vitest";
import { append, get, hold, relay, release } from "../messages.js";
import type { Down, RawClient } from "../raw-client.js";
import { newCid, rebased, session } from "../session.js";
import { DURABLE, ENGINES, enter, post, retained, TestServer } from "../test-server.js";

/** The public name of a session. */
const nameOf = ({ hello }: { hello: Down }) => hello.you as string;

/** Sends frames that arrive in one turn of the server's event loop. */
function atOnce(client: RawClient, send: () => void): void {
  const { _socket: socket } = client.socket as unknown as { _socket: Socket };
  socket.cork();
  send();
  socket.uncork();
}

/** The holds of a key in the init of a new session. */
async function heldFor(room: Parameters<typeof session>[0], key: string): Promise<unknown> {
  const { client } = await session(room);
  client.send(get(key));
  const init = await client.until(({ type }) => type === "init");
  await client.close();
  return init.held;
}

describe.each(ENGINES)("S9 holds (%s)", (engine) => {
  const start = async (limits: object | false = false) => {
    const server = await TestServer.start(engine, limits);
    return { server, room: await server.newRoom() };
  };

  test("broadcasts a hold in the room's order, with `from` for sessions only", async () => {
    const { room } = await start();
    const holder = await session(room);
    const [one, all, binary] = [
      await session(room),
      await session(room, newCid(), "&keys=all"),
      await session(room, newCid(), "&keys=all&cbor=true"),
    ];
    const plain = await enter(room);
    const debug = await enter(room, "?debug=true");
    for (const { client } of [holder, one]) client.send(get("k"));
    for (const { client } of [holder, one, all, binary]) await client.drain();
    holder.client.send(append("k", 1));
    holder.client.send(hold("k", { x: 1 }));
    holder.client.send(append("k", 2));
    holder.client.send(hold("elsewhere", 3));
    const own = await holder.client.drain();

    const from = nameOf(holder);
    const held = { type: "push", key: "k", value: { x: 1 }, seq: 2, from };
    const elsewhere = { type: "push", key: "elsewhere", value: 3, seq: 4, from };
    const retainedOnes = [
      { type: "push", key: "k", value: 1, seq: 1, prev: 0 },
      { type: "push", key: "k", value: 2, seq: 3, prev: 1 },
    ];
    const ofKey = [retainedOnes[0], held, retainedOnes[1]];
    // The server sends no stream_size for a hold (D19).
    expect(own).toEqual([...ofKey, { type: "stream_size", key: "k", size: 2 }]);
    expect(await one.client.drain()).toEqual(ofKey);
    for (const { client } of [all, binary]) expect(await client.drain()).toEqual([...ofKey, elsewhere]);
    expect(await plain.drain()).toEqual([
      { type: "push", key: "k", value: 1, seq: 1 },
      { type: "push", key: "k", value: { x: 1 }, seq: 2 },
      { type: "push", key: "k", value: 2, seq: 3 },
      { type: "push", key: "elsewhere", value: 3, seq: 4 },
    ]);
    const shown = (await debug.drain()).filter(({ type }) => type === "push");
    expect(shown).toEqual([
      { type: "push", key: "k", value: { x: 1 }, seq: 2 },
      { type: "push", key: "elsewhere", value: 3, seq: 4 },
    ]);
    // The name is public, and does not reveal the cid.
    expect(from).toBe(createHash("sha256").update(holder.cid).digest("base64url").slice(0, 16));
  });

  test("broadcasts a release with a seq, to sessions only", async () => {
    const { room } = await start();
    const holder = await session(room);
    const [all, binary] = [
      await session(room, newCid(), "&keys=all"),
      await session(room, newCid(), "&keys=all&cbor=true"),
    ];
    const [plain, debug] = [await enter(room), await enter(room, "?debug=true")];
    holder.client.send(hold("k", 1));
    holder.client.send(release("k"));
    holder.client.send(relay("k", 2));
    expect(await holder.client.drain()).toEqual([]);
    const from = nameOf(holder);
    for (const { client } of [all, binary]) {
      expect(await client.drain()).toEqual([
        { type: "push", key: "k", value: 1, seq: 1, from },
        { type: "release", key: "k", from, seq: 2 },
        { type: "push", key: "k", value: 2, seq: 3 },
      ]);
    }
    for (const client of [plain, debug]) {
      expect(await client.drain()).toEqual([
        { type: "push", key: "k", value: 1, seq: 1 },
        { type: "push", key: "k", value: 2, seq: 3 },
      ]);
    }
  });

  test("an init has the holds of its key, rising in seq, and no field `held` without holds", async () => {
    const { room } = await start();
    const [a, b] = [await session(room), await session(room)];
    a.client.send(hold("k", "first"));
    await a.client.drain();
    b.client.send(hold("k", { n: [1] }));
    b.client.send(hold("other", 1));
    await b.client.drain();
    a.client.send(hold("k", "second"));
    a.client.send(append("k", "kept"));
    await a.client.drain();
    const late = await session(room);
    const binary = await session(room, newCid(), "&cbor=true");
    const held = [
      { from: nameOf(b), value: { n: [1] }, seq: 2 },
      { from: nameOf(a), value: "second", seq: 4 },
    ];
    for (const { client } of [late, binary]) {
      client.send(get("k"));
      client.send(get("k", 5));
      client.send(get("nothing"));
      expect(await client.drain()).toEqual([
        { type: "init", key: "k", data: [{ value: "kept", seq: 5 }], head: 5, held },
        { type: "init", key: "k", data: [], head: 5, held },
        { type: "init", key: "nothing", data: [], head: 5 },
      ]);
    }
    b.client.send(release("k"));
    await b.client.drain();
    expect(await heldFor(room, "k")).toEqual([held[1]]);
    // A plain get has no holds.
    expect(await (await post(room, get("k"))).json()).toEqual({
      type: "init",
      key: "k",
      data: [{ value: "kept", seq: 5 }],
    });
  });

  test("P7 holds a byte string, and sends it to each connection in its codec", async () => {
    const { room } = await start();
    const bytes = Uint8Array.of(1, 2);
    const holder = await session(room, newCid(), "&cbor=true");
    const text = await session(room, newCid(), "&keys=all");
    holder.client.send(get("k"));
    holder.client.sendCbor(hold("k", { bytes }));
    const from = nameOf(holder);
    expect((await holder.client.drain()).at(-1)).toEqual({
      type: "push",
      key: "k",
      value: { bytes },
      seq: 1,
      from,
    });
    text.client.send(get("k"));
    expect(await text.client.drain()).toEqual([
      { type: "push", key: "k", value: { bytes: [1, 2] }, seq: 1, from },
      { type: "init", key: "k", data: [], head: 1, held: [{ from, value: { bytes: [1, 2] }, seq: 1 }] },
    ]);
    const late = await session(room, newCid(), "&cbor=true");
    late.client.send(get("k"));
    expect((await late.client.drain())[0]?.held).toEqual([{ from, value: { bytes }, seq: 1 }]);
    // A hold of the same bytes in the same codec changes nothing (D19).
    holder.client.sendCbor(hold("k", { bytes }));
    expect(await holder.client.drain()).toEqual([]);
  });

  test("D19 a hold of the same value, and a release of nothing, get no seq and no broadcast", async () => {
    const { room } = await start();
    const holder = await session(room);
    const { client: watcher } = await session(room, newCid(), "&keys=all");
    const other = await session(room);
    for (const message of [
      release("k"),
      hold("k", 1),
      hold("k", 1),
      release("l"),
      release("k"),
      release("k"),
    ]) {
      holder.client.send(message);
    }
    expect(await holder.client.drain()).toEqual([]);
    other.client.send(release("k"));
    other.client.send(hold("k", 1));
    await other.client.drain();
    expect((await watcher.drain()).map(({ type, from, seq }) => [type, from, seq])).toEqual([
      ["push", nameOf(holder), 1],
      ["release", nameOf(holder), 2],
      ["push", nameOf(other), 3],
    ]);
  });

  test("D16 a plain connection and a POST can neither hold nor release", async () => {
    const { room } = await start();
    const plain = await enter(room);
    plain.send(hold("k", 1));
    plain.send(release("k"));
    expect((await plain.drain()).map(({ type, code }) => [type, code])).toEqual([
      ["error", "bad_action"],
      ["error", "bad_message"],
    ]);
    expect(await (await post(room, hold("k", 1))).json()).toMatchObject({ code: "bad_action" });
    expect(await (await post(room, release("k"))).json()).toMatchObject({ code: "bad_message" });
    expect(await heldFor(room, "k")).toBeUndefined();
  });

  test("D21 refuses a hold with a number, which is used up", async () => {
    const { room } = await start();
    const { client } = await session(room);
    client.send({ ...append("k", 1), n: 1 });
    client.send({ ...hold("k", 1), n: 2 });
    client.send({ ...append("k", 2), n: 3 });
    const frames = await client.drain();
    expect(frames.find(({ type }) => type === "error")).toMatchObject({ code: "bad_n", n: 2 });
    expect(frames.filter(({ type }) => type === "ack").flatMap(({ acks }) => acks)).toEqual([
      [1, 1],
      [3, 2],
    ]);
    expect(await heldFor(room, "k")).toBeUndefined();
  });

  test("D20 refuses a hold beyond the session's keys, in order, and the session goes on", async () => {
    const { room } = await start({ keys: 2 });
    const { client } = await session(room);
    client.send(get("b"));
    for (const key of ["a", "b", "c"]) client.send(hold(key, 1));
    client.send(hold("b", 2));
    client.send(release("a"));
    client.send(hold("c", 1));
    const frames = await client.drain();
    expect(frames.map(({ type, value, holds, code, seq }) => [type, value ?? holds ?? code, seq])).toEqual([
      ["init", undefined, undefined],
      ["push", 1, 2],
      ["error", "too_many_keys", undefined],
      // The hold of seq 3 replaces that of seq 2 (D23).
      ["holds", [1, 2], 3],
    ]);
    expect(await heldFor(room, "a")).toBeUndefined();
    expect(await heldFor(room, "c")).toMatchObject([{ value: 1, seq: 5 }]);
  });

  test("D20 refuses a hold beyond the room's bytes, and keeps the present holds", async () => {
    const { room } = await start({ bytesPerRoom: 2_000 });
    const [a, b] = [await session(room), await session(room)];
    const value = "x".repeat(1_500);
    a.client.send(hold("k", value));
    expect(await a.client.drain()).toEqual([]);
    b.client.send(hold("k", value));
    expect(await b.client.drain()).toEqual([
      { type: "error", code: "room_full", message: expect.stringContaining("release") },
    ]);
    // Retained messages count separately.
    b.client.send(append("k", value));
    expect(await b.client.drain()).toEqual([]);
    expect(await heldFor(room, "k")).toMatchObject([{ from: nameOf(a), value }]);
  });

  test("S1 hello says whether the session holds something, and names the term", async () => {
    const { room, server } = await start();
    const first = await session(room);
    expect(first.hello.resumed).toBe(false);
    first.client.send(hold("k", 1));
    await first.client.drain();
    first.client.cut();
    const again = await session(room, first.cid);
    const { term } = first.hello;
    expect(again.hello).toMatchObject({ resumed: true, term });
    expect((await session(room)).hello).toMatchObject({ resumed: false, term });
    again.client.send(release("k"));
    await again.client.drain();
    expect((await session(room, first.cid)).hello).toMatchObject({ resumed: false, term });
    if (!DURABLE.includes(engine)) return;
    const { epoch } = first.hello;
    await server.restart();
    const after = await session(rebased(room, server), first.cid);
    expect(after.hello).toMatchObject({ epoch });
    expect(after.hello.term).not.toBe(term);
  });

  test("S10 a session that is taken over keeps its holds, and the room broadcasts nothing", async () => {
    const { room } = await start();
    const { client: watcher } = await session(room, newCid(), "&keys=all");
    const first = await session(room);
    first.client.send(hold("k", 1));
    await first.client.drain();
    expect(await watcher.drain()).toHaveLength(1);
    const second = await session(room, first.cid);
    expect((await first.client.ended).code).toBe(4001);
    expect(second.hello.resumed).toBe(true);
    second.client.send(hold("k", 1));
    expect(await second.client.drain()).toEqual([]);
    expect(await watcher.drain()).toEqual([]);
    expect(await heldFor(room, "k")).toMatchObject([{ from: nameOf(first), value: 1, seq: 1 }]);
  });

  test("a session that resumes in time keeps its holds, and the room broadcasts nothing", async () => {
    const { room } = await start();
    const { client: watcher } = await session(room, newCid(), "&keys=all");
    const first = await session(room);
    first.client.send(hold("k", 1));
    await first.client.drain();
    first.client.cut();
    await first.client.ended;
    // A new session still sees the hold while its owner is away.
    expect(await heldFor(room, "k")).toMatchObject([{ from: nameOf(first) }]);
    const again = await session(room, first.cid);
    expect(again.hello.resumed).toBe(true);
    again.client.send(hold("k", 1));
    await again.client.drain();
    expect((await watcher.drain()).map(({ type, seq }) => [type, seq])).toEqual([["push", 1]]);
  });

  test.each([
    ["closes with 1000", async (client: RawClient) => void (await client.close())],
    ["is out of step", async (client: RawClient) => client.send({ ...append("k", 1), n: 7 })],
  ])("a session that %s releases all of its holds immediately, and no others", async (_, end) => {
    const { room } = await start();
    const { client: watcher } = await session(room, newCid(), "&keys=all");
    const [leaving, staying] = [await session(room), await session(room)];
    for (const key of ["a", "b"]) leaving.client.send(hold(key, 1));
    await leaving.client.drain();
    staying.client.send(hold("a", 1));
    await staying.client.drain();
    await end(leaving.client);
    await leaving.client.ended;
    const frames: Down[] = [];
    while (frames.length < 2) frames.push(await watcher.until(({ type }) => type === "release"));
    const from = nameOf(leaving);
    expect(frames).toEqual([
      { type: "release", key: "a", from, seq: 4 },
      { type: "release", key: "b", from, seq: 5 },
    ]);
    expect(await heldFor(room, "a")).toMatchObject([{ from: nameOf(staying) }]);
    expect(await heldFor(room, "b")).toBeUndefined();
    // The session holds nothing when it connects again.
    expect((await session(room, leaving.cid)).hello.resumed).toBe(false);
  });

  test("a hold that a session sends before it closes is released", async () => {
    const { room } = await start();
    const { client: watcher } = await session(room, newCid(), "&keys=all");
    const leaving = await session(room);
    // The server reads the hold only after 500 answers, when the connection has closed.
    atOnce(leaving.client, () => {
      for (let i = 0; i < 500; i++) leaving.client.send(get("k"));
      leaving.client.send(hold("k", 1));
      leaving.client.send(append("end", 1));
      leaving.client.socket.close(1000);
    });
    await watcher.until(({ key }) => key === "end");
    await expect.poll(() => heldFor(room, "k")).toBeUndefined();
  });

  test("a hold is not retained, and not on disk", async () => {
    const { room, server } = await start();
    const { client } = await session(room);
    client.send(hold("k", "held"));
    await client.drain();
    expect(await retained(room, "k")).toEqual([]);
    client.send(append("k", "kept"));
    await client.drain();
    expect(await retained(room, "k")).toEqual([{ value: "kept", seq: 2 }]);
    if (!DURABLE.includes(engine)) return;
    await server.restart();
    const there = rebased(room, server);
    expect(await heldFor(there, "k")).toBeUndefined();
    expect(await retained(there, "k")).toEqual([{ value: "kept", seq: 2 }]);
    // The seq of the hold is not used again (M1).
    const again = await session(there);
    again.client.send(hold("k", "held"));
    again.client.send(get("k"));
    expect((await again.client.drain())[0]).toMatchObject({ held: [{ value: "held", seq: 3 }] });
  });

  test("P7 frames of both codecs change the same hold", async () => {
    const { room } = await start();
    const { client } = await session(room, newCid(), "&keys=all");
    client.send(hold("k", { x: 1 }));
    client.sendBinary(cbor.encode(hold("k", { x: 2 })) as Uint8Array);
    client.sendBinary(cbor.encode(release("k")) as Uint8Array);
    expect((await client.drain()).map(({ type, seq, holds }) => [type, seq, holds])).toEqual([
      ["push", 1, undefined],
      ["holds", 2, [1, { x: 2 }]],
      ["release", 3, undefined],
    ]);
  });
});

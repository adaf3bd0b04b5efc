import { createRequire } from "node:module";
import type { DbConnection } from "driftdb-1";
import type { MessageFromDb, RoomResult, SequenceValue } from "driftdb-protocol";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { lendBrowserGlobals } from "./browser-globals.js";
import { Log } from "./log.js";
import { ENGINES, TestServer } from "./test-server.js";

const published = createRequire(import.meta.url)("driftdb-1") as typeof import("driftdb-1");

lendBrowserGlobals();

/** A connection of the published client, with all of its messages. */
async function connect(
  room: RoomResult,
  cbor = false,
): Promise<{ db: DbConnection; heard: Log<MessageFromDb> }> {
  const db = new published.DbConnection();
  onTestFinished(() => db.disconnect());
  const heard = new Log<MessageFromDb>();
  db.messageListener.addListener(heard.add as (message: unknown) => void);
  await db.connect(room.socket_url, cbor);
  return { db, heard };
}

/** Resolves when the client has received all earlier messages, since pongs arrive in order. */
async function settle(db: DbConnection): Promise<void> {
  await db.testLatency();
}

describe.each(ENGINES)("the published driftdb@1.0.12 with this server, %s", (engine) => {
  test("P1 makes rooms and looks them up", async () => {
    const server = await TestServer.start(engine);
    const api = new published.Api(server.url.replace(/\/$/, ""));
    const room = await api.newRoom();
    expect(room.socket_url).toMatch(/^ws:/);
    expect(room.http_url).toMatch(/^http:/);
    expect(await api.getRoom(room.room)).toEqual(room);
    const { db } = await connect(await api.getRoom(room.room));
    expect(db.status.connected).toBe(true);
  });

  test("P3 measures the latency", async () => {
    const server = await TestServer.start(engine);
    const { db } = await connect(await server.newRoom());
    expect(await db.testLatency()).toBeGreaterThan(0);
    expect(await db.testLatency()).toBeGreaterThan(0);
  });

  test("P2 shares state between two clients", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const listen = async () => {
      const { db } = await connect(room);
      const seen = new Log<number>();
      const state = new published.StateListener<number>({ db, key: "slider", callback: seen.add });
      state.subscribe();
      onTestFinished(() => state.destroy());
      return { state, seen, db };
    };
    const [one, other] = [await listen(), await listen()];
    await settle(one.db);
    await settle(other.db);
    one.state.setStateOptimistic(55);
    await other.seen.find((value) => value === 55);
    // The client debounces these, and sends the last one.
    for (const value of [1, 2, 3]) other.state.setStateOptimistic(value);
    await one.seen.find((value) => value === 3);
    const late = await listen();
    expect(await late.seen.until((values) => values.length === 1)).toBe(3);
  });

  test("P7 echoes CBOR", async () => {
    const server = await TestServer.start(engine);
    const { db, heard } = await connect(await server.newRoom(), true);
    const value = { text: "hello", list: [1, -2.5, true, null], nested: { deep: {} } };
    db.send({ type: "push", action: { type: "append" }, key: "k", value });
    expect(await heard.find(({ type }) => type === "push")).toEqual({
      type: "push",
      key: "k",
      value,
      seq: 1,
    });
  });

  test("P7 echoes CBOR with a Uint8Array inside an object", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const [one, other, json] = [await connect(room, true), await connect(room, true), await connect(room)];
    const bytes = Uint8Array.of(0, 1, 2, 255);
    one.db.send({ type: "push", action: { type: "replace" }, key: "k", value: { bytes, name: "x" } });
    for (const { heard } of [one, other]) {
      const { value } = (await heard.find(({ type }) => type === "push")) as SequenceValue;
      const echoed = value as { bytes: Uint8Array; name: string };
      expect(ArrayBuffer.isView(echoed.bytes)).toBe(true);
      expect({ ...echoed, bytes: Uint8Array.from(echoed.bytes) }).toEqual({ bytes, name: "x" });
    }
    const push = await json.heard.find(({ type }) => type === "push");
    expect(push).toMatchObject({ value: { bytes: [0, 1, 2, 255], name: "x" } });
    const late = await connect(room, true);
    const replayed = new Log<SequenceValue>();
    late.db.subscribe("k", replayed.add);
    const { value } = await replayed.until((items) => items.length === 1);
    expect(Uint8Array.from((value as { bytes: Uint8Array }).bytes)).toEqual(bytes);
  });

  test("P5 replays to a later connection", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const early = await connect(room);
    for (const value of ["a", "b", "c"]) {
      early.db.send({ type: "push", action: { type: "append" }, key: "k", value });
    }
    early.db.send({ type: "push", action: { type: "relay" }, key: "k", value: "not this" });
    await settle(early.db);
    early.db.disconnect();
    const { db } = await connect(room);
    const replayed = new Log<SequenceValue>();
    db.subscribe("k", replayed.add);
    await settle(db);
    expect(replayed.items).toEqual([
      { value: "a", seq: 1 },
      { value: "b", seq: 2 },
      { value: "c", seq: 3 },
    ]);
  });

  test("P5 asks with seq null, and gets no answer", async () => {
    const server = await TestServer.start(engine);
    const { db, heard } = await connect(await server.newRoom());
    db.send({ type: "push", action: { type: "append" }, key: "k", value: 1 });
    db.send({ type: "get", key: "k", seq: null as unknown as number });
    await settle(db);
    expect(heard.items.map(({ type }) => type)).toEqual(["push", "pong"]);
  });

  test("P9 pushes and gets over HTTP", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const { heard } = await connect(room);
    const http = new published.HttpConnection(room.http_url);
    const push = { type: "push", action: { type: "append" }, key: "k", value: { x: 1 } } as const;
    expect(await http.send(push)).toBeNull();
    expect(await http.send(push)).toEqual({ type: "stream_size", key: "k", size: 2 });
    expect(await http.send({ type: "get", key: "k", seq: 1 })).toEqual({
      type: "init",
      key: "k",
      data: [{ value: { x: 1 }, seq: 2 }],
    });
    await heard.until((items) => items.length === 2);
    const gone = new published.HttpConnection(room.http_url.replace(room.room, "nosuchroom"));
    await expect(gone.send(push)).rejects.toThrow("HTTP error 404");
  });

  test("M4 folds with its reducer, and compacts", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const fold = async () => {
      const { db } = await connect(room);
      const seen = new Log<number>();
      const reducer = (state: number, action: number) => state + action;
      const counter = new published.Reducer<number, number>({
        key: "counter",
        reducer,
        initialValue: 0,
        sizeThreshold: 5,
        db,
        callback: seen.add,
      });
      counter.subscribe();
      await settle(db);
      return { db, counter, seen };
    };
    const [one, other] = [await fold(), await fold()];
    for (let i = 1; i <= 20; i++) {
      one.counter.dispatch(i);
      await settle(one.db);
    }
    await other.seen.find((state) => state === 210);
    const http = new published.HttpConnection(room.http_url);
    const { data } = (await http.send({ type: "get", key: "counter" })) as { data: SequenceValue[] };
    expect(data.length).toBeLessThanOrEqual(6);
    expect(data[0]?.value).toHaveProperty("reset");
    const late = await fold();
    expect(late.seen.items.at(-1)).toBe(210);
  });

  test("P6 tells its peers of its presence", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const join = async (clientId: string, initialState: string) => {
      const { db } = await connect(room);
      const seen = new Log<Record<string, { value: string }>>();
      const presence = new published.PresenceListener({ db, clientId, initialState, callback: seen.add });
      presence.subscribe();
      onTestFinished(() => presence.destroy());
      await settle(db);
      return { presence, seen };
    };
    const one = await join("one", "here");
    const other = await join("other", "here too");
    await one.seen.find((presence) => presence.other?.value === "here too");
    one.presence.updateState("moved");
    await other.seen.find((presence) => presence.one?.value === "moved");
  });

  test("P1 sees a room that does not exist as an error", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const socket_url = room.socket_url.replace(room.room, "nosuchroom");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await expect(connect({ ...room, socket_url })).rejects.toBeDefined();
  });
});

test("P7 reconnects with another ?cbor=true", async () => {
  const server = await TestServer.start("sqlite");
  const room = await server.newRoom();
  const { db, heard } = await connect(room, true);
  db.send({ type: "push", action: { type: "append" }, key: "k", value: "before" });
  await settle(db);
  const statuses = new Log<{ connected: boolean }>();
  db.statusListener.addListener(statuses.add);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  for (const times of [2, 3]) {
    const before = statuses.items.length;
    const restarted = server.restart();
    await statuses.until((items) => items.length > before);
    await restarted;
    // The client reconnects after a second.
    vi.advanceTimersByTime(1_000);
    await statuses.until((items) => items.length > before && items.at(-1)?.connected === true);
    expect(db.connection?.url.split("?cbor=true")).toHaveLength(times + 1);
  }
  db.send({ type: "get", key: "k" });
  await heard.find(({ type }) => type === "init");
  expect(heard.items.at(-1)).toMatchObject({ data: [{ value: "before", seq: 1 }] });
});

test("P1 makes an id for its client", () => {
  const id = published.uniqueClientId();
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(published.uniqueClientId()).toBe(id);
});

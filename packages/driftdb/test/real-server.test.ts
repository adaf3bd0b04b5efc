import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "driftdb-server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import WebSocket from "ws";
import {
  Api,
  DbConnection,
  HttpConnection,
  Reducer,
  RoomNotFoundError,
  StateListener,
} from "../src/index.js";
import { CLIENT, CLIENT_1_0_12 } from "./published.js";
import { World } from "./world.js";

let world: World;

beforeEach(async () => {
  world = await World.start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await world.end();
});

/** A connection, and the errors that it reports. */
async function connect(cbor = false): Promise<DbConnection> {
  return (await world.connect(CLIENT, cbor)) as unknown as DbConnection;
}

/** Keeps retry delays short. */
function hurry(): void {
  const random = Math.random;
  vi.spyOn(Math, "random").mockImplementation(() => random() / 5_000);
}

const list = (state: readonly string[], action: string): readonly string[] => [...state, action];

describe("with the real server", () => {
  it("creates rooms, finds them, and rejects for unknown ones", async () => {
    const api = new Api(world.serverUrl);
    const { room } = await api.newRoom();
    expect(await api.getRoom(room)).toMatchObject({ room });
    await expect(api.getRoom("unknown")).rejects.toBeInstanceOf(RoomNotFoundError);
  });

  it("takes messages over HTTP (P9)", async () => {
    const http = new HttpConnection(world.room.http_url);
    const append = (value: unknown) =>
      http.send({ type: "push", key: "k", value, action: { type: "append" } });
    expect(await append(1)).toBe(null);
    expect(await append(2)).toEqual({ type: "stream_size", key: "k", size: 2 });
    expect(await http.send({ type: "get", key: "k", seq: 1 })).toEqual({
      type: "init",
      key: "k",
      data: [{ value: 2, seq: 2 }],
    });
    expect(await http.send({ type: "ping", nonce: 5 })).toEqual({ type: "pong", nonce: 5 });
  });

  it("passes bytes between CBOR clients, and numbers to JSON clients (P7)", async () => {
    const [json, cbor, other] = await Promise.all([connect(), connect(true), connect(true)]);
    const seen: unknown[][] = [[], [], []];
    for (const [i, db] of [json, cbor, other].entries())
      db.subscribe("k", ({ value }) => seen[i]?.push(value));
    const value = { bytes: new Uint8Array([1, 2, 255]), "": [null, 1.5, "é"] };
    cbor.send({ type: "push", key: "k", value, action: { type: "append" } });
    const numbers = { ...value, bytes: [1, 2, 255] };
    await expect.poll(() => seen).toEqual([[numbers], [value], [value]]);
  });

  it("recognises a message that is sent again, in CBOR too", async () => {
    hurry();
    const db = await connect(true);
    world.proxy.stall("down");
    db.send({ type: "push", key: "k", value: { bytes: new Uint8Array([1]) }, action: { type: "append" } });
    await expect.poll(() => world.retained("k")).toEqual([{ bytes: [1] }]);
    world.proxy.reset();
    world.proxy.resume();
    db.send({ type: "push", key: "k", value: "after", action: { type: "append" } });
    await expect.poll(() => world.retained("k")).toContain("after");
    expect(await world.retained("k")).toEqual([{ bytes: [1] }, "after"]);
  });

  it("reports the server's errors, and the connection stays open (P10)", async () => {
    const db = await connect();
    const errors: unknown[] = [];
    db.errorListener.addListener((error) => errors.push(error));
    db.send({ type: "strange" } as never);
    db.send({ type: "push", key: "k", value: 1, action: { type: "strange" } } as never);
    await expect
      .poll(() => errors)
      .toEqual([
        expect.objectContaining({ code: "bad_message" }),
        expect.objectContaining({ code: "bad_action", message: expect.stringContaining("action.type") }),
      ]);
    // The session survives it.
    expect(await db.send({ type: "push", key: "k", value: 1, action: { type: "append" } })).toEqual({
      seq: 1,
    });
    expect(await db.testLatency()).toEqual(expect.any(Number));
  });

  it("shares state and reducers with clients of 1.0.12 in the same room", async () => {
    const present = await world.connect(CLIENT);
    const published = await world.connect(CLIENT_1_0_12);
    const shown: Record<string, unknown> = {};
    const stores = [
      { client: CLIENT, db: present, name: "present" },
      { client: CLIENT_1_0_12, db: published, name: "1.0.12" },
    ].map(({ client, db, name }) => {
      const state = new client.StateListener({
        db,
        key: "state",
        callback: (value) => {
          shown[`state of ${name}`] = value;
        },
      });
      const reducer = new client.Reducer({
        db,
        key: "reducer",
        reducer: (list, action) => [...list, action],
        initialValue: [],
        callback: (list) => {
          shown[`reducer of ${name}`] = list;
        },
      });
      state.subscribe();
      reducer.subscribe();
      return { state, reducer };
    });
    await Promise.all([world.answered(present), world.answered(published)]);
    const both = (what: string, value: unknown) =>
      expect.poll(() => [shown[`${what} of present`], shown[`${what} of 1.0.12`]]).toEqual([value, value]);
    stores[0]?.state.setStateOptimistic({ from: "present" });
    await both("state", { from: "present" });
    stores[1]?.state.setStateOptimistic({ from: "1.0.12" });
    await both("state", { from: "1.0.12" });
    stores[0]?.reducer.dispatch(1);
    await both("reducer", [1]);
    stores[1]?.reducer.dispatch(2);
    await both("reducer", [1, 2]);
  });
});

describe("through faults of the network", () => {
  it("every action arrives once, and all clients agree, after 100 cuts at bad moments", async () => {
    hurry();
    const pages = await Promise.all(
      ["a", "b"].map(async (name) => {
        const db = await connect(name === "b");
        const reducer = new Reducer({
          db,
          key: "k",
          reducer: list,
          initialValue: [] as readonly string[],
          sizeThreshold: 1e9,
        });
        reducer.subscribe();
        return { name, db, reducer, dispatched: [] as string[] };
      }),
    );
    for (let cut = 0; cut < 100; cut++) {
      const dials = world.urls.length;
      // In the middle of the frames that follow, of their echoes, or, for the last few, after them.
      world.proxy.cutAfter(Math.floor(Math.random() * 1_000), cut % 2 ? "up" : "down");
      for (const { name, reducer, dispatched } of pages) {
        for (let i = 0; i < 5; i++) {
          const action = `${name}${cut}.${i}`;
          dispatched.push(action);
          reducer.dispatch(action);
        }
      }
      await Promise.race(pages.map(({ db }) => db.testLatency()));
      world.proxy.reset();
      await expect.poll(() => world.urls.length, { interval: 5 }).toBeGreaterThanOrEqual(dials + 2);
      await expect.poll(() => pages.every(({ db }) => db.status.connected), { interval: 5 }).toBe(true);
    }
    const total = pages.flatMap(({ dispatched }) => dispatched).length;
    await expect
      .poll(async () => (await world.retained("k")).length, { timeout: 5_000 })
      .toBeGreaterThanOrEqual(total);
    await Promise.all(pages.map(({ db }) => world.answered(db as never)));
    const order = (await world.retained("k")).map((value) => (value as { apply: string }).apply);
    for (const { name, reducer, dispatched } of pages) {
      expect(order.filter((action) => action.startsWith(name))).toEqual(dispatched);
      expect(reducer.getSnapshot()).toEqual(order);
    }
  });
});

describe("when the server is restarted with the same data", () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), "driftdb-client-"));
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  it("clients reconnect, and have the values from before and during its absence", async () => {
    hurry();
    const start = async (port: number) => {
      const server = createServer({ data, limits: false });
      return { server, url: await server.listen({ port, host: "127.0.0.1" }) };
    };
    const first = await start(0);
    const { socket_url } = await new Api(first.url).newRoom();
    const pages = await Promise.all(
      [1, 2].map(async () => {
        const db = new DbConnection({ websocketConstructor: WebSocket });
        await db.connect(socket_url);
        const state = new StateListener<string>({ db, key: "k" });
        state.subscribe();
        return { db, state };
      }),
    );
    const shown = () => pages.map(({ state }) => state.getSnapshot());
    pages[0]?.state.setStateOptimistic("before");
    await expect.poll(shown).toEqual(["before", "before"]);
    await first.server.close();
    await expect.poll(() => pages.some(({ db }) => db.status.connected)).toBe(false);
    pages[1]?.state.setStateOptimistic("while it was away");
    const second = await start(Number(new URL(first.url).port));
    await expect.poll(shown, { timeout: 10_000 }).toEqual(["while it was away", "while it was away"]);
    for (const { db } of pages) db.disconnect();
    await second.server.close();
  });
});

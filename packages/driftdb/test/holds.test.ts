import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as path } from "node:path";
import { createServer } from "driftdb-server";
import { describe, expect, test } from "vitest";
import { Lock } from "../src/holds/lock.js";
import { PresenceListener } from "../src/holds/presence-listener.js";
import { Api } from "../src/http/api.js";
import { MessageList } from "../src/stores/message-list.js";
import { Reducer } from "../src/stores/reducer.js";
import { StateListener } from "../src/stores/state-listener.js";
import { afterTest, append, replace, startServer, TestClient, until } from "./harness.js";

const names = (others: Readonly<Record<string, unknown>>) => Object.keys(others).sort().join();

async function withLock(url: string, clientId: string) {
  const client = new TestClient();
  const lock = new Lock({ db: client.db, key: "k", clientId });
  const seen: string[] = [];
  lock.subscribe(
    ({ held, waiting, holder }) => void seen.push(`${holder}${held ? "!" : waiting ? "?" : ""}`),
  );
  await client.db.connect(url);
  return { client, lock, seen, now: () => seen.at(-1) };
}

async function withPresence(url: string, clientId: string, initialState?: unknown) {
  const client = new TestClient();
  const listener = new PresenceListener<unknown>({
    db: client.db,
    clientId,
    initialState,
    minPresenceInterval: 0,
  });
  listener.subscribe();
  await client.db.connect(url);
  return { client, listener, sees: () => names(listener.getSnapshot()) };
}

async function newRoom() {
  const { api } = await startServer();
  return async () => (await api.newRoom()).socket_url;
}

/** A server whose rooms outlive it. */
async function restartable() {
  const data = mkdtempSync(path(tmpdir(), "driftdb-"));
  afterTest(() => rmSync(data, { recursive: true }));
  let server = createServer({ data, limits: false });
  afterTest(() => server.close());
  const url = await server.listen({ port: 0, host: "127.0.0.1" });
  const { socket_url } = await new Api(url).newRoom();
  return {
    url: socket_url,
    stop: () => server.close(),
    async start() {
      server = createServer({ data, limits: false });
      await server.listen({ port: Number(new URL(url).port), host: "127.0.0.1" });
    },
  };
}

describe("S9 the server's holds count, whatever a client believes", () => {
  test("a client that disconnects over a dead line and returns without a state has disappeared", async () => {
    const url = await (await newRoom())();
    const a = await withPresence(url, "a");
    const b = await withPresence(url, "b", 1);
    await until(() => a.sees() === "b");
    // The close frame does not get there.
    (b.client.socket as { close(): void }).close = () => {};
    b.client.db.disconnect();
    b.listener.updateState(undefined);
    await b.client.db.connect(url);
    await until(() => a.sees() === "");
  });

  test("a presence that ends while the line is dead disappears when the connection is back", async () => {
    const url = await (await newRoom())();
    const a = await withPresence(url, "a");
    const b = await withPresence(url, "b", 1);
    await until(() => a.sees() === "b");
    (b.client.socket as { close(): void }).close = () => {};
    b.client.db.disconnect();
    b.listener.destroy();
    await b.client.db.connect(url);
    await until(() => a.sees() === "");
    await until(() => b.client.ofType("unsubscribe").length === 1);
  });

  test("with a bad initial state, subscribing does not throw, and the next good state is shown", async () => {
    const url = await (await newRoom())();
    const a = await withPresence(url, "a");
    const b = await withPresence(url, "b", Number.NaN);
    expect(b.client.errors).toMatchObject([{ code: "bad_value" }]);
    b.listener.updateState(1);
    await until(() => a.sees() === "b");
    b.listener.destroy();
    await until(() => a.sees() === "");
  });

  test("after a state that the server refuses, the earlier one stays, and the next one is shown", async () => {
    const { api } = await startServer({ bytesPerKey: 4_096 });
    const { socket_url: url } = await api.newRoom();
    const a = await withPresence(url, "a");
    const b = await withPresence(url, "b", 1);
    await until(() => a.sees() === "b");
    b.listener.updateState("x".repeat(5_000));
    await until(() => b.client.errors.length === 1);
    expect(b.client.errors).toMatchObject([{ code: "stream_full" }]);
    b.listener.updateState("x".repeat(1_100_000));
    await until(() => b.client.errors.length === 2);
    expect(b.client.errors[1]).toMatchObject({ code: "too_large" });
    expect(a.listener.getSnapshot().b?.value).toBe(1);
    b.listener.updateState(2);
    await until(() => a.listener.getSnapshot().b?.value === 2);
  });

  test("the answer to an earlier release does not confirm a later one that was lost", async () => {
    const url = await (await newRoom())();
    const a = await withPresence(url, "a");
    const b = await withPresence(url, "b", 1);
    await until(() => a.sees() === "b");
    const { socket } = b.client;
    b.listener.updateState(undefined);
    b.listener.updateState(2);
    await until(() => a.listener.getSnapshot().b?.value === 2 || b.client.ofType("push").length === 2);
    const answered = b.client.db.testLatency();
    // The second release gets lost.
    (socket as unknown as { send(): void }).send = () => {};
    b.listener.updateState(undefined);
    b.listener.destroy();
    await answered;
    b.client.cut();
    await until(() => a.sees() === "");
  });

  test("a client that leaves in the grace period after a restart stays away", async () => {
    const { url, stop, start } = await restartable();
    const a = await withPresence(url, "a");
    const b = await withPresence(url, "b", 1);
    await until(() => a.sees() === "b");
    a.client.online = false;
    await stop();
    await start();
    await until(() => b.client.db.status.connected);
    await b.client.db.testLatency();
    a.client.online = true;
    await until(() => a.client.db.status.connected);
    await a.client.db.testLatency();
    expect(a.sees()).toBe("b");
    a.client.online = false;
    a.client.cut();
    await until(() => !a.client.db.status.connected);
    b.listener.destroy();
    await until(() => b.client.ofType("release").length === 1);
    await b.client.db.testLatency();
    a.client.online = true;
    await until(() => a.client.db.status.connected);
    await a.client.db.testLatency();
    expect(a.sees()).toBe("");
  });

  test("a store that another store's callback destroys is not called again", async () => {
    const url = await (await newRoom())();
    const client = new TestClient();
    let told = 0;
    const first = new PresenceListener({
      db: client.db,
      clientId: "b",
      callback: () => second.destroy(),
    });
    const second = new PresenceListener({ db: client.db, clientId: "b", callback: () => told++ });
    first.subscribe();
    second.subscribe();
    await client.db.connect(url);
    await withPresence(url, "a", 1);
    await until(() => names(first.getSnapshot()) === "a");
    expect(told).toBe(0);
  });

  test("client ids and keys are any strings", async () => {
    const url = await (await newRoom())();
    const a = await withPresence(url, "constructor", 1);
    const b = await withPresence(url, "__proto__", 2);
    await until(() => a.sees() === "__proto__" && b.sees() === "constructor");
    for (const key of ["", "__proto__"]) {
      const [one, two] = [a, b].map(
        ({ client }, i) => new PresenceListener({ db: client.db, clientId: `${i}`, key, initialState: i }),
      ) as [PresenceListener<number>, PresenceListener<number>];
      one.subscribe();
      two.subscribe();
      await until(() => names(one.getSnapshot()) === "1" && names(two.getSnapshot()) === "0");
    }
  });
});

describe("S9 locks", () => {
  test("a client that disconnects and returns asks again; the client that has the lock by then keeps it", async () => {
    const url = await (await newRoom())();
    const a = await withLock(url, "a");
    const b = await withLock(url, "b");
    a.lock.acquire();
    await until(() => a.now() === "a!");
    b.lock.acquire();
    await until(() => b.now() === "a?");
    a.client.db.disconnect();
    await until(() => b.now() === "b!");
    const before = [a.seen.length, b.seen.length];
    await a.client.db.connect(url);
    await until(() => a.now() === "b?");
    await a.client.db.testLatency();
    await b.client.db.testLatency();
    expect(a.seen.slice(before[0]).filter((seen) => seen.includes("!"))).toEqual([]);
    expect(b.seen.slice(before[1])).toEqual([]);
    b.lock.release();
    await until(() => a.now() === "a!");
  });

  test("in another room, a client asks again", async () => {
    const next = await newRoom();
    const [first, second] = [await next(), await next()];
    const a = await withLock(first, "a");
    a.lock.acquire();
    await until(() => a.client.ofType("push").length === 2 && a.now() === "a!");
    const b = await withLock(second, "b");
    // Its turn is later than a's in the other room.
    for (let i = 0; i < 20; i++) b.client.db.send(append("x", i));
    b.lock.acquire();
    await until(() => b.now() === "b!");
    await a.client.db.connect(second);
    await until(() => a.now() === "b?");
    await b.client.db.testLatency();
    expect(b.now()).toBe("b!");
  });

  test("a lock that is released while the server restarts is not held afterwards", async () => {
    const { url, stop, start } = await restartable();
    const a = await withLock(url, "a");
    a.lock.acquire();
    await until(() => a.now() === "a!" && a.client.ofType("push").length === 2);
    await a.client.db.testLatency();
    await stop();
    await until(() => !a.client.db.status.connected);
    a.lock.release();
    const before = a.seen.length;
    await start();
    await until(() => a.client.db.status.connected);
    await a.client.db.testLatency();
    expect(a.seen.slice(before).filter((seen) => seen.includes("!"))).toEqual([]);
  });

  test("after restarts, a lock has the same holder, and never two", async () => {
    const { url, stop, start } = await restartable();
    const [a, b] = [await withLock(url, "a"), await withLock(url, "b")];
    a.lock.acquire();
    await until(() => a.now() === "a!");
    b.lock.acquire();
    await until(
      () => b.now() === "a?" && a.client.ofType("push").length + b.client.ofType("push").length === 4,
    );
    await Promise.all([a, b].map(({ client }) => client.db.testLatency()));
    for (let i = 0; i < 2; i++) {
      await stop();
      await until(() => a.now() === "a" && !b.client.db.status.connected);
      await start();
      await until(() => a.now() === "a!" && b.now() === "a?");
    }
    expect(b.seen.filter((seen) => seen.includes("!"))).toEqual([]);
  });

  test("a lock that is released without a connection is not held when the connection is back", async () => {
    const url = await (await newRoom())();
    const a = await withLock(url, "a");
    a.lock.acquire();
    await until(() => a.now() === "a!");
    a.client.cut();
    await until(() => !a.client.db.status.connected);
    const before = a.seen.length;
    a.lock.release();
    await until(() => a.now() === "null");
    expect(a.seen.slice(before).filter((seen) => seen.includes("!"))).toEqual([]);
  });

  test("a status listener never sees a lock as held that another client has taken meanwhile", async () => {
    const url = await (await newRoom())();
    const client = new TestClient();
    const lock = new Lock({ db: client.db, key: "k", clientId: "a", acquire: true });
    const held: boolean[] = [];
    client.db.statusListener.addListener(({ connected }) => connected && held.push(lock.getSnapshot().held));
    lock.subscribe();
    await client.db.connect(url);
    await until(() => lock.getSnapshot().held);
    const b = await withLock(url, "b");
    b.lock.acquire();
    client.db.disconnect();
    await until(() => b.now() === "b!");
    await client.db.connect(url);
    expect(held).toEqual([false, false]);
  });

  test("a status listener never sees a lock as held without a connection", async () => {
    const url = await (await newRoom())();
    const client = new TestClient();
    const lock = new Lock({ db: client.db, key: "k", clientId: "a" });
    const held: boolean[] = [];
    client.db.statusListener.addListener(({ connected }) => !connected && held.push(lock.getSnapshot().held));
    lock.subscribe();
    lock.acquire();
    await client.db.connect(url);
    await until(() => lock.getSnapshot().held);
    client.cut();
    await until(() => held.length > 1);
    expect(held).not.toContain(true);
  });
});

describe("another room", () => {
  test("a store that is stopped during the move has nothing of the earlier room", async () => {
    const next = await newRoom();
    const [first, second] = [await next(), await next()];
    const { db } = new TestClient();
    const state = new StateListener<string>({ db, key: "s" });
    const list = new MessageList<string>({ db, key: "m" });
    const reducer = new Reducer<string, string>({
      db,
      key: "r",
      reducer: (text, action) => text + action,
      initialValue: "",
    });
    const stores = [state, list, reducer] as const;
    for (const store of stores) store.subscribe();
    await db.connect(first);
    db.send(append("m", "old"));
    state.setStateOptimistic("old");
    reducer.dispatch("old");
    await until(() => list.getSnapshot().length === 1 && db.sync.getSnapshot().pending === 0);
    for (const store of stores) store.destroy();
    await db.connect(second);
    expect(stores.map((store) => store.getSnapshot())).toEqual([undefined, [], ""]);
    // What was set before the first connection is for that.
    const other = new TestClient();
    const early = new StateListener<string>({ db: other.db, key: "s" });
    early.setStateOptimistic("early");
    await other.db.connect(first);
    expect(early.getSnapshot()).toBe("early");
  });

  test("a store that another store's callback stops during the move stays stopped", async () => {
    const next = await newRoom();
    const [first, second] = [await next(), await next()];
    const client = new TestClient();
    const { db } = client;
    const other = new StateListener<string>({ db, key: "b" });
    const one = new Reducer<number, number>({
      db,
      key: "a",
      reducer: (sum, by) => sum + by,
      initialValue: 0,
      callback: (sum) => sum === 0 && other.destroy(),
    });
    one.subscribe();
    other.subscribe();
    await db.connect(first);
    one.dispatch(1);
    await until(() => db.sync.getSnapshot().pending === 0);
    client.sent.length = 0;
    await db.connect(second);
    await db.testLatency();
    expect(client.ofType("get").map(({ key }) => key)).toEqual(["a"]);
    await db.send(replace("b", { v: "new" }));
    expect(other.getSnapshot()).toBe(undefined);
  });
});

import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { FakeWebSocket } from "../../../test/fake-web-socket.js";
import { ManualClock } from "../../../test/manual-clock.js";
import { connectionOf, TestHost } from "../../../test/test-host.js";
import { temporaryDirectory } from "../../../test/test-server.js";
import { OneRequest } from "../../connection/one-request.js";
import { openConnection, sessionLimits } from "../../connection/open-connection.js";
import { ErrorReply } from "../../connection/plain-reply.js";
import type { RoomState } from "../../core/room-state.js";
import { DEFAULT_LIMITS } from "../../limits/limits.js";
import { OpenRooms } from "../../room/open-rooms.js";
import { ClientSocket } from "../../wire/client-socket.js";
import type { Request } from "../engine.js";
import type { Payload } from "../payload.js";
import { LocalEngine } from "./local-engine.js";
import { MemoryStore } from "./memory-store.js";
import type { RoomStore } from "./room-store.js";
import { SqliteStore } from "./sqlite/sqlite-store.js";

const ROOMS = ["one", "other"] as const;

let clock: ManualClock;
let errors: Error[];

beforeEach(() => {
  clock = new ManualClock();
  errors = [];
});

const engineOn = (store: RoomStore) =>
  new LocalEngine(store, { limits: DEFAULT_LIMITS, clock, onError: (error) => void errors.push(error) });

/** An engine on disk with two rooms. */
async function open() {
  const store = new SqliteStore(temporaryDirectory());
  const engine = engineOn(store);
  onTestFinished(() => engine.close());
  await Promise.all(ROOMS.map((room) => engine.create(room)));
  const commit = vi.spyOn(store, "commit");
  return { store, engine, commit };
}

const turnEnds = () => new Promise((resolve) => setImmediate(resolve));

/** A request at which the room's rules throw an error. */
function poison(connection = connectionOf()): Request {
  const value = {
    get size(): number {
      throw new Error("the rules are broken");
    },
  } as Payload;
  return { type: "push", connection, key: "k", value, action: { type: "append" } };
}

const typesOf = ({ outputs }: TestHost) => outputs.map(({ type }) => type);

/** A store whose rooms do not load while `isHeld` is true. */
class SlowStore extends MemoryStore {
  loads = 0;
  isHeld = true;
  commits = 0;

  override *load(room: string): Generator<void, RoomState<Payload> | null> {
    this.loads++;
    while (this.isHeld) yield;
    return yield* super.load(room);
  }

  override commit(...args: Parameters<MemoryStore["commit"]>): void {
    this.commits++;
    super.commit(...args);
  }
}

describe("LocalEngine, creating rooms", () => {
  test("M5 commits the rooms that one turn creates together with its other changes", async () => {
    const { engine, commit } = await open();
    const hosts = [await TestHost.open(engine, "one"), await TestHost.open(engine, "other")] as const;
    const order: string[] = [];
    const done = (what: string) => () => void order.push(what);
    await Promise.all([
      hosts[0].push("k", 1).then(done("push")),
      engine.create("third").then(done("third")),
      engine.create("fourth").then(done("fourth")),
      hosts[1].push("k", 2).then(done("push")),
    ]);
    expect(order.sort()).toEqual(["fourth", "push", "push", "third"]);
    expect(commit).toHaveBeenCalledTimes(1);
    const commits = commit.mock.calls[0]?.[0] ?? [];
    expect(commits.map(({ room, number }) => [room, number])).toEqual([
      ["third", 1],
      ["fourth", 1],
      ["one", 2],
      ["other", 2],
    ]);
    const [third] = commits;
    expect(third).toMatchObject({ head: 0, time: clock.time(), events: [{ type: "created" }], streams: [] });
    expect(new Set(commits.flatMap(({ epoch, life }) => [epoch, life])).size).toBe(8);
    for (const room of ["third", "fourth"]) expect(await engine.exists(room)).toBe(true);
  });

  test("rejects each `create` whose commit fails, and the room does not exist", async () => {
    const { engine, commit } = await open();
    commit.mockImplementationOnce(() => {
      throw new Error("the disk is full");
    });
    const created = await Promise.allSettled([engine.create("third"), engine.create("fourth")]);
    expect(created).toEqual(Array(2).fill({ status: "rejected", reason: new Error("the disk is full") }));
    expect(commit).toHaveBeenCalledTimes(1);
    expect(errors).toHaveLength(1);
    expect(await engine.exists("third")).toBe(false);
    expect(await engine.open("third", new TestHost())).toBeNull();
    await engine.create("third");
    expect(await engine.exists("third")).toBe(true);
  });
});

describe("LocalEngine, opening rooms", () => {
  test("loads a room once for all hosts, and again after the last host has closed it", async () => {
    const store = new SlowStore();
    const engine = engineOn(store);
    await engine.create("one");
    const opening = [TestHost.open(engine, "one"), TestHost.open(engine, "one")];
    await turnEnds();
    store.isHeld = false;
    const [first, second] = (await Promise.all(opening)) as [TestHost, TestHost];
    expect(store.loads).toBe(1);
    const third = await TestHost.open(engine, "one");
    expect(store.loads).toBe(1);
    await first.push("k", 1);
    for (const host of [first, second, third]) {
      expect(typesOf(host)).toContain("message");
      host.close();
    }
    const fourth = await TestHost.open(engine, "one");
    expect(store.loads).toBe(2);
    expect(await fourth.entries("k")).toEqual([[1, 1]]);
  });

  test("opens the room for a waiting host when another host closes it immediately", async () => {
    const store = new SlowStore();
    const engine = engineOn(store);
    await engine.create("one");
    const closing = TestHost.open(engine, "one").then((host) => host.close());
    const opening = TestHost.open(engine, "one");
    store.isHeld = false;
    await closing;
    const host = await opening;
    await host.push("k", 1);
    expect(await host.entries("k")).toEqual([[1, 1]]);
  });

  test("opens the room for a host while the last other host closes it", async () => {
    const { store, engine } = await open();
    const load = vi.spyOn(store, "load");
    const first = await TestHost.open(engine, "one");
    await first.push("k", 1);
    const opening = TestHost.open(engine, "one");
    first.close();
    const second = await opening;
    await second.push("k", 2);
    expect(await second.entries("k")).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test("rejects all waiting hosts when a room fails to load, and then loads it again", async () => {
    const { store, engine } = await open();
    const load = vi.spyOn(store, "load").mockImplementationOnce(() => {
      throw new Error("the disk is on fire");
    });
    const opening = [TestHost.open(engine, "one"), TestHost.open(engine, "one")];
    for (const result of await Promise.allSettled(opening)) {
      expect(result).toMatchObject({ status: "rejected", reason: { message: "the disk is on fire" } });
    }
    expect(load).toHaveBeenCalledTimes(1);
    const host = await TestHost.open(engine, "one");
    expect(await host.entries("k")).toEqual([]);
  });

  test("does not open a room that is loading when the engine closes", async () => {
    const store = new SlowStore();
    const engine = engineOn(store);
    await engine.create("one");
    const opening = engine.open("one", new TestHost()).then(
      () => "opened",
      (error: Error) => error.message,
    );
    await engine.close();
    const { commits } = store;
    store.isHeld = false;
    expect(await opening).toBe("the engine is closed");
    await turnEnds();
    expect(store.commits).toBe(commits);
  });
});

describe("LocalEngine, closing", () => {
  test("commits and delivers the waiting requests, and leaves no timer", async () => {
    const directory = temporaryDirectory();
    const engine = engineOn(new SqliteStore(directory));
    await engine.create("one");
    const host = await TestHost.open(engine, "one");
    const connection = connectionOf("a");
    host.submit({ type: "join", connection });
    host.submit({ type: "leave", connection, code: 1006 });
    await host.barrier();
    expect(clock.timers).toBe(1);
    host.outputs.length = 0;
    void host.push("k", 1);
    await engine.close();
    expect(typesOf(host)).toEqual(["message", "stored"]);
    expect(clock.timers).toBe(0);
    void host.push("k", "too late");
    await turnEnds();
    expect(typesOf(host)).toEqual(["message", "stored"]);
    await engine.close();
    await expect(engine.open("one", new TestHost())).rejects.toThrow("the engine is closed");
    const again = engineOn(new SqliteStore(directory));
    onTestFinished(() => again.close());
    expect(await (await TestHost.open(again, "one")).entries("k")).toEqual([[1, 1]]);
  });
});

describe("LocalEngine, when a host misbehaves", () => {
  test("reports a host that throws in `deliver`, and goes on with the others", async () => {
    const { engine } = await open();
    const bad = await TestHost.open(engine, "one");
    const hosts = [await TestHost.open(engine, "one"), await TestHost.open(engine, "other")] as const;
    const deliver = bad.deliver.bind(bad);
    bad.deliver = () => {
      throw new Error("the host is broken");
    };
    const answers = hosts.map((host) => host.push("k", 1));
    void bad.push("k", 2);
    await Promise.all(answers);
    expect(errors.map(({ message }) => message)).toEqual(["the host is broken"]);
    bad.deliver = deliver;
    await bad.push("k", 3);
    expect(hosts.map(typesOf)).toEqual([
      ["message", "stored", "message", "message"],
      ["message", "stored"],
    ]);
    expect(await hosts[0].entries("k")).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  test("an `onError` that throws stops neither the turn nor the ones after it", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const store = new SqliteStore(temporaryDirectory());
    const onError = () => {
      throw new Error("onError is broken");
    };
    const engine = new LocalEngine(store, { limits: DEFAULT_LIMITS, clock, onError });
    onTestFinished(() => engine.close());
    await Promise.all(ROOMS.map((room) => engine.create(room)));
    const bad = await TestHost.open(engine, "one");
    const hosts = [await TestHost.open(engine, "one"), await TestHost.open(engine, "other")] as const;
    bad.deliver = () => {
      throw new Error("the host is broken");
    };
    await Promise.all(hosts.map((host) => host.push("k", 1)));
    bad.submit(poison());
    await hosts[1].push("k", 2);
    expect(hosts.map(typesOf)).toEqual([
      ["message", "stored", "lost"],
      ["message", "stored", "message", "stored"],
    ]);
    expect(log.mock.calls.map(([, thrown]) => (thrown as Error).message)).toContain("onError is broken");
  });

  test("commits the requests of a host that closes its room, or another one, in `deliver`", async () => {
    const { engine } = await open();
    const one = await TestHost.open(engine, "one");
    const other = await TestHost.open(engine, "other");
    const deliver = one.deliver.bind(one);
    one.deliver = (outputs) => {
      deliver(outputs);
      void one.push("k", "in deliver");
      void other.push("k", "from the other room");
      one.close();
      void one.push("k", "after the close");
      other.close();
    };
    void one.push("k", 1);
    void other.push("k", 2);
    await turnEnds();
    await turnEnds();
    // A host that has closed its room gets no more outputs.
    expect([typesOf(one), typesOf(other)]).toEqual([["message", "stored"], []]);
    expect(errors).toEqual([]);
    expect(await (await TestHost.open(engine, "one")).entries("k")).toEqual([
      [1, 1],
      [2, "in deliver"],
    ]);
    expect(await (await TestHost.open(engine, "other")).entries("k")).toEqual([
      [1, 2],
      [2, "from the other room"],
    ]);
  });

  test("M1 applies requests of `deliver` after all requests that were submitted before", async () => {
    const { engine } = await open();
    const [one, same] = [await TestHost.open(engine, "one"), await TestHost.open(engine, "one")];
    const deliver = one.deliver.bind(one);
    one.deliver = (outputs) => {
      deliver(outputs);
      if (outputs.some((output) => output.type === "message" && output.seq === 1))
        void one.push("k", "third");
    };
    await Promise.all([one.push("k", "first"), same.push("k", "second")]);
    await one.barrier();
    const seen = ({ outputs }: TestHost) =>
      outputs.flatMap((output) => (output.type === "message" ? [[output.seq, output.value.value]] : []));
    expect(seen(one)).toEqual([
      [1, "first"],
      [2, "second"],
      [3, "third"],
    ]);
    expect(seen(same)).toEqual(seen(one));
  });
});

describe("LocalEngine, when a room's rules throw an error", () => {
  test("delivers `lost` to all hosts of the room, and commits the other rooms of the turn", async () => {
    const { engine } = await open();
    const [one, same] = [await TestHost.open(engine, "one"), await TestHost.open(engine, "one")];
    const other = await TestHost.open(engine, "other");
    await one.push("k", 1);
    for (const { outputs } of [one, same]) outputs.length = 0;
    const connection = connectionOf("a");
    one.submit({ type: "join", connection });
    one.submit({ type: "leave", connection, code: 1006 });
    void same.push("k", 2);
    one.submit(poison());
    void same.push("k", 3);
    await other.push("k", 4);
    expect(errors.map(({ message }) => message)).toEqual(["the rules are broken"]);
    for (const host of [one, same]) {
      expect(host.outputs).toEqual([{ type: "lost" }]);
      expect(host.deliveries).toBe(2);
    }
    expect(typesOf(other)).toEqual(["message", "stored"]);
    expect(clock.timers).toBe(0);
    // A host may still submit requests before it has handled `lost`.
    void one.push("k", "without an answer");
    one.close();
    same.close();
    await turnEnds();
    expect([one, same].map(({ outputs }) => outputs.length)).toEqual([1, 1]);
  });

  test("M1 the next `open` loads the room from the store, and no seq is used twice", async () => {
    const { store, engine } = await open();
    const load = vi.spyOn(store, "load");
    const first = await TestHost.open(engine, "one");
    await first.push("k", 1);
    for (let i = 0; i < 3; i++) await first.push("k", i, "relay");
    first.submit(poison());
    await turnEnds();
    const again = await TestHost.open(engine, "one");
    expect(load).toHaveBeenCalledTimes(2);
    expect(await again.entries("k")).toEqual([[1, 1]]);
    const answer = await again.push("k", 2);
    expect(answer).toMatchObject({ type: "stored", size: 2 });
    expect(answer.type === "stored" && answer.seq).toBeGreaterThan(4);
    // Closing the lost room does not close the new one.
    first.close();
    expect(await again.entries("k")).toHaveLength(2);
  });

  test("S13 closes connections with 1013, refuses a POST, and loads the room again", async () => {
    const { engine } = await open();
    const rooms = new OpenRooms(engine, clock);
    const kinds = [
      { session: { cid: "cid", name: "name" }, allKeys: false, debug: false },
      { session: null, allKeys: false, debug: false },
    ];
    const connect = async ({ session, ...rest }: (typeof kinds)[number]) => {
      const host = await rooms.acquire("one");
      if (!host) throw new Error("there is no such room");
      const fake = new FakeWebSocket();
      const socket = new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS);
      const connection = openConnection(socket, host, { session, ...rest }, sessionLimits(DEFAULT_LIMITS));
      fake.close.mockImplementation((code) => {
        fake.readyState = 3;
        connection?.left(code ?? 1005);
        rooms.release(host);
      });
      return { host, fake };
    };
    const before = await Promise.all(kinds.map(connect));
    const [{ host }] = before as [Awaited<ReturnType<typeof connect>>];
    await turnEnds();
    const exited = vi.spyOn(host, "exit");
    const request = new OneRequest(Buffer.from('{"type":"get","key":"k"}'));
    const post = request.submitTo(host);
    host.submit(poison());
    expect(await post).toEqual(new ErrorReply({ code: "storage_failed", message: expect.any(String) }));
    expect(exited.mock.calls.some(([asker]) => asker === request)).toBe(true);
    for (const { fake } of before) expect(fake.closeCode).toBe(1013);
    const after = await Promise.all(kinds.map(connect));
    for (const { fake } of after) fake.receive('{"type":"ping"}');
    await turnEnds();
    await turnEnds();
    expect(after.map(({ fake }) => fake.sent.map(({ type }) => type))).toEqual([["hello", "pong"], ["pong"]]);
    expect(after[0]?.host).not.toBe(host);
    expect(after[1]?.host).toBe(after[0]?.host);
    await rooms.close();
    expect(clock.timers).toBe(0);
  });
});

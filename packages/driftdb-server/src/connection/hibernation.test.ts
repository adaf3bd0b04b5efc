import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { HibernatingSocket } from "../../test/hibernating-socket.js";
import { ManualClock } from "../../test/manual-clock.js";
import { append, get, hold, relay } from "../../test/messages.js";
import { settled } from "../../test/open-room.js";
import { temporaryDirectory } from "../../test/test-server.js";
import { LocalEngine } from "../engine/local/local-engine.js";
import { SqliteStore } from "../engine/local/sqlite/sqlite-store.js";
import { DEFAULT_LIMITS } from "../limits/limits.js";
import { RoomHost } from "../room/room-host.js";
import { SessionConnection } from "./session-connection.js";

const LIMITS = { messageBytes: 1_048_576, inFlight: 256 };

/** A room on disk, and the process that serves it until it sleeps. */
class Process {
  readonly store = new SqliteStore(temporaryDirectory());
  #host: RoomHost | undefined;

  /** Drops everything in memory, and opens the room from disk. */
  async wake(): Promise<void> {
    const clock = new ManualClock();
    const engine = new LocalEngine(this.store, { limits: DEFAULT_LIMITS, clock });
    if (!this.#host) await engine.create("room");
    const host = new RoomHost("room", clock);
    const room = await engine.open("room", host);
    if (!room) throw new Error("the room does not exist");
    this.#host = host.attach(room);
  }

  get host(): RoomHost {
    if (!this.#host) throw new Error("the process has not started: call wake() first");
    return this.#host;
  }
}

/** A client of a session. Its connection sleeps and wakes with the process. */
class Client {
  readonly socket = new HibernatingSocket();
  readonly #process: Process;
  connection: SessionConnection;

  constructor(process: Process, cid: string, allKeys = false) {
    this.#process = process;
    const transport = this.socket.transport();
    const session = { cid, name: `name of ${cid}` };
    this.connection = new SessionConnection(transport, process.host, session, allKeys, LIMITS);
    transport.read(this.connection);
  }

  say(message: object): void {
    this.socket.receive(JSON.stringify(message));
  }

  wake(): void {
    const { memory } = this.socket;
    if (!memory) throw new Error("the connection has stored no memory");
    const transport = this.socket.transport();
    this.connection = SessionConnection.wake(transport, this.#process.host, memory);
    transport.read(this.connection);
  }

  /** The frames since the last call, in short. */
  newFrames(): unknown[] {
    return this.socket.sent
      .splice(0)
      .map(({ type, key, value, acks, data }) =>
        type === "hello" ? [type] : [type, key, value ?? acks ?? data].filter((field) => field !== undefined),
      );
  }
}

let server: Process;

beforeEach(async () => {
  server = new Process();
  onTestFinished(() => server.store.close());
  await server.wake();
});

/** Resolves when all frames are answered. Each history takes a turn of its own (D18). */
async function answered(): Promise<void> {
  for (let i = 0; i < 8; i++) await settled(server.host);
}

/** Lets the process sleep, and wakes it with all its clients. */
async function hibernate(...clients: Client[]): Promise<void> {
  for (const { socket } of clients) socket.sleep();
  await server.wake();
  for (const client of clients) client.wake();
  await answered();
}

describe("SessionConnection, in a process that sleeps", () => {
  test("S2 stores its session, the epoch and its keys when they change", async () => {
    const client = new Client(server, "a");
    expect(client.socket.memory).toBeUndefined();
    await answered();
    const [hello] = client.socket.sent;
    const memory = { cid: "a", name: "name of a", allKeys: false, epoch: hello?.epoch };
    expect(client.socket.memory).toEqual({ ...memory, keys: [] });
    for (const key of ["k", "l", "k"]) client.say(get(key));
    await answered();
    expect(client.socket.memory).toEqual({ ...memory, keys: ["k", "l"] });
    client.say({ type: "unsubscribe", key: "k" });
    client.say({ type: "unsubscribe", key: "k" });
    await answered();
    expect(client.socket.memory).toEqual({ ...memory, keys: ["l"] });
  });

  test("S2 receives the broadcasts of its keys again, without another hello", async () => {
    const [one, other] = [new Client(server, "a"), new Client(server, "b")];
    for (const key of ["k", "l", "m"]) one.say(get(key));
    one.say({ type: "unsubscribe", key: "l" });
    other.say(append("k", 0));
    await answered();
    for (const client of [one, other]) client.newFrames();
    await hibernate(one, other);
    for (const key of ["k", "l", "m"]) other.say(relay(key, `to ${key}`));
    await answered();
    expect(one.newFrames()).toEqual([
      ["push", "k", "to k"],
      ["push", "m", "to m"],
    ]);
    expect(other.newFrames()).toEqual([]);
    // Later changes of its keys are stored, too.
    one.say(get("n"));
    one.say({ type: "unsubscribe", key: "m" });
    await answered();
    expect(one.socket.memory?.keys).toEqual(["k", "n"]);
    one.newFrames();
    await hibernate(one, other);
    for (const key of ["k", "m", "n"]) other.say(relay(key, `to ${key}`));
    await answered();
    expect(one.newFrames()).toEqual([
      ["push", "k", "to k"],
      ["push", "n", "to n"],
    ]);
  });

  test("S2 with keys=all it receives all broadcasts again", async () => {
    const [one, other] = [new Client(server, "a", true), new Client(server, "b")];
    await answered();
    one.newFrames();
    await hibernate(one, other);
    other.say(relay("k", 1));
    await answered();
    expect(one.newFrames()).toEqual([["push", "k", 1]]);
    expect(one.socket.memory).toMatchObject({ allKeys: true, keys: [] });
  });

  test("S3 S4 continues its numbers, and resumes in its epoch", async () => {
    const client = new Client(server, "a");
    client.say({ ...append("k", 1), n: 1 });
    await answered();
    client.newFrames();
    await hibernate(client);
    client.say({ ...append("k", 1), n: 1 });
    client.say({ ...append("k", 2), n: 2 });
    client.say(get("k", 1));
    await answered();
    const second = { value: 2, seq: expect.any(Number) };
    expect(client.newFrames()).toEqual([
      ["stream_size", "k"],
      [
        "ack",
        [
          [1, 1],
          [2, expect.any(Number)],
        ],
      ],
      ["init", "k", [second]],
    ]);
  });

  test("S9 S10 acts for its session again: it may hold, and may be taken over", async () => {
    const client = new Client(server, "a");
    await answered();
    await hibernate(client);
    const watcher = new Client(server, "b", true);
    client.say(hold("k", 1));
    await answered();
    expect(watcher.newFrames().slice(1)).toEqual([["push", "k", 1]]);
    const again = new Client(server, "a");
    await answered();
    expect(client.socket.closeCode).toBe(4001);
    expect(again.newFrames()).toEqual([["hello"]]);
    again.connection.left(1000);
    await answered();
    expect(watcher.newFrames()).toEqual([["release", "k"]]);
  });

  test("S7 closes with 1013 if the room has another epoch: the client has to start over", async () => {
    const client = new Client(server, "a");
    await answered();
    const { memory } = client.socket;
    if (memory) client.socket.memory = { ...memory, epoch: "an older epoch" };
    client.newFrames();
    await hibernate(client);
    expect(client.socket.closeCode).toBe(1013);
    expect(client.newFrames()).toEqual([]);
  });
});

import type { Action } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { beforeEach, describe, expect, test } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { ManualClock } from "../../test/manual-clock.js";
import { append, get, hold, release } from "../../test/messages.js";
import { openRoom, settled } from "../../test/open-room.js";
import { PlainConnection } from "../connection/plain-connection.js";
import { SessionConnection } from "../connection/session-connection.js";
import { Payload } from "../engine/payload.js";
import { DEFAULT_LIMITS } from "../limits/limits.js";
import { ClientSocket } from "../wire/client-socket.js";
import { HoldCoalescer } from "./hold-coalescer.js";
import type { RoomHost } from "./room-host.js";

let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});

describe("HoldCoalescer", () => {
  /** A coalescer, the frames that it broadcast, and a function that adds holds of rising seqs. */
  function newCoalescer() {
    const broadcast: unknown[] = [];
    const coalescer = new HoldCoalescer(clock, (key, frame) => {
      const { holds, seq } = JSON.parse(frame.json);
      broadcast.push([key, seq, holds]);
    });
    let seq = 100;
    const add = (was: number | undefined, key = "k", value: unknown = 0) =>
      coalescer.add({
        ...{ type: "held", key, value: Payload.of(value, false), decoded: value },
        ...{ seq: ++seq, from: "me", was },
      });
    const skip = () => void seq++;
    return { coalescer, broadcast, add, skip };
  }

  test("D23 broadcasts the first hold immediately, and those of the next 16 ms in one frame", () => {
    const { broadcast, add } = newCoalescer();
    expect(add(90)).toBe(false);
    clock.advance(15);
    expect([add(91, "k", 1), add(102, "k", { x: 2 })]).toEqual([true, true]);
    expect(broadcast).toEqual([]);
    clock.advance(1);
    expect(broadcast).toEqual([["k", 102, [11, 1, 1, { x: 2 }]]]);
  });

  test("D23 each frame starts another 16 ms; after 16 ms without a hold, the next goes out immediately", () => {
    const { broadcast, add } = newCoalescer();
    add(90);
    add(91);
    clock.advance(16);
    expect(broadcast).toHaveLength(1);
    expect(add(92)).toBe(true);
    clock.advance(15);
    expect(broadcast).toHaveLength(1);
    clock.advance(1);
    expect(broadcast).toHaveLength(2);
    clock.advance(16);
    expect(clock.timers).toBe(0);
    expect(add(93)).toBe(false);
    expect(broadcast).toHaveLength(2);
  });

  test("D23 broadcasts a session's first hold immediately, after the holds that wait", () => {
    const { broadcast, add } = newCoalescer();
    add(90);
    add(91);
    expect(add(undefined)).toBe(false);
    expect(broadcast).toEqual([["k", 102, [11, 0]]]);
    expect(add(103)).toBe(true);
  });

  test("D23 a frame has holds of one key, with consecutive seqs", () => {
    const { broadcast, add, skip } = newCoalescer();
    for (const key of ["k", "l"]) expect(add(90, key)).toBe(false);
    expect([add(91), add(92)]).toEqual([true, true]);
    expect(add(93, "l")).toBe(true);
    expect(broadcast).toEqual([["k", 103, [12, 0, 12, 0]]]);
    skip();
    expect(add(94, "l")).toBe(true);
    expect(broadcast.at(-1)).toEqual(["l", 105, [12, 0]]);
    clock.advance(16);
    expect(broadcast.slice(2)).toEqual([["l", 107, [13, 0]]]);
  });

  test("D23 flushes when more than 64 KiB of values wait", () => {
    const { broadcast, add } = newCoalescer();
    add(90);
    add(91, "k", "x".repeat(40_000));
    expect(broadcast).toEqual([]);
    add(92, "k", "x".repeat(40_000));
    expect(broadcast).toHaveLength(1);
  });

  test("D23 close broadcasts the holds that wait, and leaves no timer", () => {
    const { coalescer, broadcast, add } = newCoalescer();
    for (const key of ["k", "l"]) for (const was of [90, 91]) add(was, key);
    coalescer.close();
    expect(broadcast.map((frame) => (frame as unknown[])[0])).toEqual(["k", "l"]);
    expect(clock.timers).toBe(0);
  });
});

describe("a room that coalesces holds", () => {
  const CIDS = ["a", "b", "c"].map((name) => name.repeat(22)) as [string, string, string];
  const [A, B] = CIDS.map((cid) => `name of ${cid}`) as [string, string];

  /** A room with the connections of three sessions. */
  async function open() {
    const { host, store } = await openRoom({ bytesPerKey: 4_096 }, clock);
    return { host, store, a: join(host, 0), b: join(host, 1), c: join(host, 2) };
  }

  function join(host: RoomHost, index: 0 | 1 | 2, allKeys = false) {
    const fake = new FakeWebSocket();
    const socket = new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS);
    const limits = { messageBytes: 1_048_576, inFlight: 256 };
    const cid = CIDS[index];
    const session = { cid, name: `name of ${cid}` };
    const connection = new SessionConnection(socket, host, session, allKeys, limits);
    const say = (message: unknown) => connection.receive(Buffer.from(JSON.stringify(message)), false);
    /** The new frames, each as `[type, seq, holds, from, held or value]`. */
    const newFrames = () =>
      fake.send.mock.calls.splice(0).map(([data]) => {
        const { type, seq, holds, from, held, value } = JSON.parse(data as string);
        return [type, seq, holds ?? from ?? held ?? value].filter((field) => field !== undefined);
      });
    return { fake, say, newFrames, connection };
  }

  /**
   * All three listen to "k". The room has just broadcast that a holds 1 for it, and b 2, with seqs 1 and 2.
   */
  async function moving() {
    const room = await open();
    const { host, a, b, c } = room;
    for (const one of [a, b, c]) one.say(get("k"));
    a.say(hold("k", 1));
    b.say(hold("k", 2));
    await settled(host);
    for (const one of [a, b, c]) one.newFrames();
    return room;
  }

  test("D23 sends changed holds in one frame, the same to all sessions", async () => {
    const { a, b, c } = await moving();
    a.say(hold("k", 3));
    a.say(hold("k", 4));
    b.say(hold("k", 5));
    a.say(hold("k", 6));
    // Another request would flush. The end of the turn does not.
    await new Promise((resolve) => setImmediate(resolve));
    expect(c.newFrames()).toEqual([]);
    clock.advance(16);
    const frame = ["holds", 3, [2, 3, 1, 4, 3, 5, 2, 6]];
    for (const one of [a, b, c]) expect(one.newFrames()).toEqual([frame]);
    clock.advance(16);
    a.say(hold("k", 7));
    await new Promise((resolve) => setImmediate(resolve));
    expect(c.newFrames()).toEqual([["push", 7, A]]);
  });

  const push = (value: unknown, type: Action["type"]) => ({
    type: "push",
    key: "other",
    value,
    action: { type },
  });

  test.each<[what: string, message: unknown, answer: unknown[]]>([
    ["a pong", { type: "ping" }, ["pong"]],
    ["an init", get("other"), ["init"]],
    ["an error about a frame", { type: "what" }, ["error"]],
    ["an error about a hold that is too large", hold("k", "x".repeat(5_000)), ["error"]],
    ["an ack", { ...push(9, "append"), n: 1 }, ["ack"]],
    ["a refusal of a numbered push", { ...push("x".repeat(5_000), "append"), n: 1 }, ["error"]],
  ])("D12 D23 sends %s after the holds before it", async (_, message, answer) => {
    const { host, b, c } = await moving();
    b.say(hold("k", 3));
    c.say(message);
    await settled(host);
    expect(c.newFrames()).toEqual([["holds", 3, [1, 3]], answer]);
  });

  test("D23 messages, releases and first holds keep their order among the changed holds", async () => {
    const { host, a, b, c } = await moving();
    a.say(hold("k", 3));
    c.say(append("k", "message"));
    a.say(hold("k", 4));
    a.say(release("k"));
    b.say(hold("k", 5));
    a.say(hold("k", 6));
    b.say(hold("k", 7));
    a.say(hold("k", 8));
    c.say({ type: "ping" });
    await settled(host);
    expect(c.newFrames()).toEqual([
      ["holds", 3, [2, 3]],
      ["push", 4, "message"],
      ["holds", 5, [2, 4]],
      ["release", 6, A],
      ["holds", 7, [5, 5]],
      ["push", 8, A],
      ["holds", 9, [2, 7, 2, 8]],
      ["pong"],
    ]);
  });

  test("D23 a new listener gets the holds that wait in its init, and not a second time", async () => {
    const { host, a, b, c } = await moving();
    const late = join(host, 2);
    // Its session is c's.
    c.connection.left(4001);
    late.say(get("k"));
    a.say(hold("k", 3));
    await settled(host);
    late.newFrames();
    a.say(hold("k", 4));
    const everything = join(host, 1, true);
    b.connection.left(4001);
    a.say(hold("k", 5));
    await settled(host);
    expect(late.newFrames()).toEqual([
      ["holds", 4, [1, 4]],
      ["holds", 5, [1, 5]],
    ]);
    expect(everything.newFrames().slice(1)).toEqual([["holds", 5, [1, 5]]]);
    a.say(hold("k", 6));
    late.say(get("k"));
    await settled(host);
    expect(late.newFrames()).toEqual([
      ["holds", 6, [1, 6]],
      [
        "init",
        [
          { from: B, value: 2, seq: 2 },
          { from: A, value: 6, seq: 6 },
        ],
      ],
    ]);
  });

  test("S9 plain connections receive each hold immediately, as a push", async () => {
    const { host, a, b } = await moving();
    const fake = new FakeWebSocket();
    new PlainConnection(new ClientSocket(fake.webSocket, true, DEFAULT_LIMITS), host, false);
    a.say(hold("k", 3));
    b.say(hold("k", 4));
    await new Promise((resolve) => setImmediate(resolve));
    const frames = fake.send.mock.calls.map(([data]) => cbor.decode(data as Uint8Array));
    expect(frames).toEqual([
      { type: "push", key: "k", value: 3, seq: 3 },
      { type: "push", key: "k", value: 4, seq: 4 },
    ]);
    expect(a.newFrames()).toEqual([]);
  });

  test("D22 does not broadcast holds that it could not commit; the next one replaces the last committed one", async () => {
    const { host, store, a, b, c } = await moving();
    a.say(hold("k", 3));
    await new Promise((resolve) => setImmediate(resolve));
    store.failing = true;
    a.say(hold("k", 4));
    b.say(hold("k", 5));
    await new Promise((resolve) => setImmediate(resolve));
    store.failing = false;
    expect([a, b].map(({ fake }) => fake.closeCode)).toEqual([1013, 1013]);
    join(host, 0).say(hold("k", 6));
    c.say({ type: "ping" });
    await settled(host);
    const frames = c.newFrames() as [string, number, number[]][];
    const pairs = frames.flatMap(([, seq, holds = []]) =>
      holds.flatMap((back, i) => (i % 2 ? [] : [[seq + i / 2 - back, holds[i + 1]]])),
    );
    expect(pairs).toEqual([
      [1, 3],
      [3, 6],
    ]);
  });

  test("D23 a room that closes broadcasts the holds that wait, and leaves no timer", async () => {
    const { host, a, c } = await moving();
    a.say(hold("k", 3));
    await new Promise((resolve) => setImmediate(resolve));
    expect(c.newFrames()).toEqual([]);
    host.close();
    expect(c.newFrames()).toEqual([["holds", 3, [2, 3]]]);
    expect(clock.timers).toBe(0);
  });
});

import { cbor } from "driftdb-protocol/cbor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { payload } from "../../test/test-host.js";
import type { PushRequest, SessionId } from "../core/request.js";
import type { Answer, Engine, Request } from "../engine/engine.js";
import { LocalEngine } from "../engine/local/local-engine.js";
import { MemoryStore } from "../engine/local/memory-store.js";
import type { Payload } from "../engine/payload.js";
import { DEFAULT_LIMITS } from "../limits/limits.js";
import { batchOf } from "../wire/send-queue.js";
import type { BroadcastFrames } from "./broadcast-frames.js";
import type { Member } from "./member.js";
import { RoomHost } from "./room-host.js";

let clock: ManualClock;

beforeEach(() => {
  clock = new ManualClock();
});
afterEach(() => void vi.restoreAllMocks());

async function openOn(engine: Engine, onLost?: () => void): Promise<RoomHost> {
  const host = new RoomHost("room", clock, onLost);
  const room = await engine.open("room", host);
  if (!room) throw new Error("the room does not exist");
  return host.attach(room);
}

async function newEngine(): Promise<Engine> {
  const engine = new LocalEngine(new MemoryStore(), { limits: DEFAULT_LIMITS, clock });
  await engine.create("room");
  return engine;
}

const open = async () => openOn(await newEngine());

/** A member that records its calls: a plain connection, or with `session` one of a session. */
function member(message: (frames: BroadcastFrames) => void = () => {}, session: SessionId | null = null) {
  return {
    session,
    message: vi.fn(message),
    held: vi.fn(),
    compacted: vi.fn(),
    takenOver: vi.fn(),
    flush: vi.fn(),
    answered: vi.fn(),
    lost: vi.fn(),
  } satisfies Member;
}

/** A session's connection that has entered the room. */
function enter(host: RoomHost, cid: string) {
  const connection = member(undefined, { cid, name: `name of ${cid}` });
  host.enter(connection);
  host.submit({ type: "join", connection });
  return connection;
}

/** Submits a request for a new connection. */
const ask = (host: RoomHost, request: object) =>
  new Promise<Answer>((answered) => {
    const connection = { ...member(), answered };
    host.submit({ ...request, connection } as unknown as Request);
  });

const APPEND = { type: "push", key: "k", value: payload(1), action: { type: "append" } } as const;
const RELAY = { ...APPEND, action: { type: "relay" } } as const;

const push = (host: RoomHost, message: Omit<PushRequest<Payload>, "connection">) => ask(host, message);

/** Resolves when all earlier requests are answered. */
const settled = (host: RoomHost) => ask(host, { type: "barrier", mark: { do: "nothing" } });

/** Holds a value for the session. */
async function hold(host: RoomHost, connection: Member): Promise<void> {
  host.submit({ type: "hold", connection, key: "k", value: payload(1) });
  await settled(host);
}

describe("RoomHost", () => {
  test("P7 encodes a value once per codec and broadcast, and never parses it", async () => {
    const host = await open();
    for (let i = 0; i < 100; i++) {
      const codec = i % 2 === 1;
      host.join(member(({ plain, session }) => void batchOf(i % 4 < 2 ? plain : session, codec)));
    }
    const encode = vi.spyOn(cbor, "encode");
    const [parse, stringify] = [vi.spyOn(JSON, "parse"), vi.spyOn(JSON, "stringify")];
    const decoded = { some: "value" };
    const value = payload(decoded);
    expect(stringify).toHaveBeenCalledTimes(1);
    await push(host, { ...APPEND, value, decoded });
    // The value, and the two frames with it.
    expect(encode.mock.calls.map(([what]) => Object.keys(what))).toEqual([
      ["some"],
      expect.arrayContaining(["type", "seq"]),
      expect.arrayContaining(["type", "seq", "prev"]),
    ]);
    expect(parse).not.toHaveBeenCalled();
    // The value and its key in two frames.
    expect(stringify).toHaveBeenCalledTimes(3);
  });

  test("S6 sessions receive the seq of the retained message before, plain connections do not", async () => {
    const host = await open();
    const frames: unknown[] = [];
    host.join(
      member(({ isRetained, plain, session }) => {
        frames.push([isRetained, JSON.parse(plain.json), JSON.parse(session.json)]);
      }),
    );
    for (const message of [APPEND, RELAY, APPEND]) await push(host, message);
    const frame = (seq: number) => ({ type: "push", key: "k", value: 1, seq });
    expect(frames).toEqual([
      [true, frame(1), { ...frame(1), prev: 0 }],
      [false, frame(2), frame(2)],
      [true, frame(3), { ...frame(3), prev: 1 }],
    ]);
  });

  test("P2 all members receive the same frames, until they leave", async () => {
    const host = await open();
    const [staying, leaving, other] = [member(), member(), member()];
    for (const one of [staying, leaving, other]) host.join(one);
    await push(host, APPEND);
    host.leave(leaving);
    await push(host, APPEND);
    expect(staying.message).toHaveBeenCalledTimes(2);
    expect(other.message.mock.calls).toEqual(staying.message.mock.calls);
    expect(leaving.message).toHaveBeenCalledTimes(1);
  });

  test("P2 a member may leave during a delivery: the others still receive it", async () => {
    const host = await open();
    const leaving = member(() => host.leave(leaving));
    const other = member();
    host.join(leaving);
    host.join(other);
    await push(host, APPEND);
    await push(host, APPEND);
    expect(leaving.message).toHaveBeenCalledTimes(1);
    expect(other.message).toHaveBeenCalledTimes(2);
  });

  test("M3 members learn of a compaction only if the room applied it", async () => {
    const host = await open();
    const one = member();
    host.join(one);
    await push(host, APPEND);
    await push(host, { ...APPEND, action: { type: "compact", seq: 7 } });
    expect(one.compacted).not.toHaveBeenCalled();
    await push(host, { ...APPEND, action: { type: "compact", seq: 1 } });
    expect(one.compacted).toHaveBeenCalledExactlyOnceWith("k");
    expect(one.message).toHaveBeenCalledTimes(1);
  });

  test("M5 broadcasts a message before it answers the sender", async () => {
    const host = await open();
    const order: string[] = [];
    host.join(member(() => void order.push("broadcast")));
    const answer = push(host, APPEND).then(() => void order.push("answer"));
    await Promise.resolve();
    expect(order).toEqual([]);
    await answer;
    expect(order).toEqual(["broadcast", "answer"]);
  });

  test("S10 a session that joins again takes over from its older connection", async () => {
    const host = await open();
    const [first, other] = [enter(host, "a"), enter(host, "b")];
    await settled(host);
    expect(first.takenOver).not.toHaveBeenCalled();
    const second = enter(host, "a");
    await settled(host);
    expect(first.takenOver).toHaveBeenCalledTimes(1);
    expect(other.takenOver).not.toHaveBeenCalled();
    // The older connection closes later, which does not affect the newer one.
    host.submit({ type: "leave", connection: first, code: 4001 });
    const third = enter(host, "a");
    await settled(host);
    expect(second.takenOver).toHaveBeenCalledTimes(1);
    host.submit({ type: "leave", connection: third, code: 1006 });
    enter(host, "a");
    await settled(host);
    expect(third.takenOver).not.toHaveBeenCalled();
    expect([first, second, other].map(({ takenOver }) => takenOver.mock.calls.length)).toEqual([1, 1, 0]);
  });

  test("S10 only the host of a connection calls its takenOver", async () => {
    const engine = await newEngine();
    const [one, other] = [await openOn(engine), await openOn(engine)];
    const first = enter(one, "a");
    await settled(one);
    const second = enter(other, "a");
    await Promise.all([settled(one), settled(other)]);
    expect(first.takenOver).toHaveBeenCalledTimes(1);
    expect(second.takenOver).not.toHaveBeenCalled();
    one.exit(first);
    enter(one, "a");
    await settled(one);
    expect(second.takenOver).toHaveBeenCalledTimes(1);
  });

  test("S2 a listener receives the broadcasts of its keys, once each, until it unlistens", async () => {
    const host = await open();
    const [one, both, everything] = [member(), member(), member()];
    host.listen("a", one);
    host.listen("a", one);
    host.listen("a", both);
    host.listen("b", both);
    host.join(everything);
    const keysOf = () =>
      [one, both, everything].map(({ message }) => message.mock.calls.map(([{ key }]) => key));
    for (const key of ["a", "b", "c"]) await push(host, { ...APPEND, key });
    expect(keysOf()).toEqual([["a"], ["a", "b"], ["a", "b", "c"]]);
    host.unlisten("a", both);
    host.unlisten("a", both);
    host.unlisten("c", both);
    for (const key of ["a", "b"]) await push(host, { ...APPEND, key });
    expect(keysOf()).toEqual([
      ["a", "a"],
      ["a", "b", "b"],
      ["a", "b", "c", "a", "b"],
    ]);
    host.unlisten("a", one);
    host.listen("a", both);
    await push(host, { ...APPEND, key: "a" });
    expect(keysOf().map(({ length }) => length)).toEqual([2, 4, 6]);
  });

  test("S6 S9 sessions receive `replace` and `from`, plain connections do not", async () => {
    const host = await open();
    const frames: unknown[] = [];
    host.join(
      member(({ isRetained, plain, session }) => {
        frames.push([isRetained, JSON.parse(plain.json), JSON.parse(session.json)]);
        for (const frame of [plain, session]) expect(cbor.decode(frame.cbor)).toEqual(JSON.parse(frame.json));
      }),
    );
    await push(host, { ...APPEND, action: { type: "replace" } });
    await hold(host, enter(host, "a"));
    const frame = (seq: number) => ({ type: "push", key: "k", value: 1, seq });
    expect(frames).toEqual([
      [true, frame(1), { ...frame(1), prev: 0, replace: true }],
      [false, frame(2), { ...frame(2), from: "name of a" }],
    ]);
  });

  test("S9 broadcasts a release as one frame, to all members and to the listeners of its key", async () => {
    const host = await open();
    const [everything, one, other] = [member(), member(), member()];
    host.join(everything);
    host.listen("k", one);
    host.listen("other", other);
    const holder = enter(host, "a");
    await hold(host, holder);
    host.submit({ type: "release", connection: holder, key: "k" });
    await settled(host);
    expect(JSON.parse(everything.held.mock.calls[0]?.[0].json as string)).toEqual({
      type: "release",
      key: "k",
      from: "name of a",
      seq: 2,
    });
    expect(one.held.mock.calls).toEqual(everything.held.mock.calls);
    expect(one.held).toHaveBeenCalledTimes(1);
    expect(other.held).not.toHaveBeenCalled();
  });

  test("submit throws before the room is open", () => {
    const request = { type: "keys", connection: member() } as const;
    expect(() => new RoomHost("room").submit(request)).toThrow("not open");
  });

  test("S4 flushes a member when all outputs of the turn are delivered", async () => {
    const host = await open();
    const order: string[] = [];
    const sender = { ...member(), flush: () => void order.push("flush") };
    const answered = ({ type }: Answer) => {
      order.push(type);
      if (order.length === 2) host.flushAfter(sender);
    };
    host.join(member(() => void order.push("broadcast")));
    for (let i = 0; i < 2; i++) host.submit({ ...APPEND, connection: { ...sender, answered } as Member });
    await settled(host);
    expect(order).toEqual(["broadcast", "stored", "broadcast", "stored", "flush"]);
    await push(host, APPEND);
    expect(order.slice(5)).toEqual(["broadcast"]);
  });

  test("a lost room calls lost of all its connections, then onLost, and leaves no timer", async () => {
    const lost: string[] = [];
    const host = await openOn(await newEngine(), () => void lost.push("owner"));
    const [holder, gone] = [enter(host, "a"), enter(host, "b")];
    const asker = { ...member(), lost: () => void lost.push("asker") };
    host.enter(asker);
    holder.lost.mockImplementation(() => {
      lost.push("session");
      // Its socket may close immediately.
      host.exit(holder);
    });
    await hold(host, holder);
    expect(clock.timers).toBe(1);
    host.exit(gone);
    host.deliver([{ type: "lost" }]);
    expect(lost).toEqual(["session", "asker", "owner"]);
    expect(gone.lost).not.toHaveBeenCalled();
    expect(clock.timers).toBe(0);
  });
});

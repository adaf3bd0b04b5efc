import { cbor } from "driftdb-protocol/cbor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openRoom, settled } from "../../test/open-room.js";
import type { Message } from "../engine/engine.js";
import { LocalEngine } from "../engine/local/local-engine.js";
import { MemoryStore } from "../engine/local/memory-store.js";
import { Payload } from "../engine/payload.js";
import { DEFAULT_LIMITS } from "../limits/limits.js";
import type { BroadcastFrames } from "./broadcast-frames.js";
import { publicName } from "./public-name.js";
import { type Member, RoomHost } from "./room-host.js";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function open(): Promise<RoomHost> {
  const engine = new LocalEngine(new MemoryStore(DEFAULT_LIMITS));
  await engine.create("room");
  const host = new RoomHost();
  const room = await engine.open("room", host);
  if (!room) throw new Error("there is no such room");
  return host.attach(room);
}

function member(message: (announcement: BroadcastFrames) => void = () => {}) {
  return { message: vi.fn(message), held: vi.fn(), compacted: vi.fn() } satisfies Member;
}

function sessionMember() {
  return { ...member(), takenOver: vi.fn() };
}

const APPEND: Message = { key: "k", value: Payload.of(1, false), action: { type: "append" } };
const RELAY: Message = { ...APPEND, action: { type: "relay" } };

const hold = (host: RoomHost, name: string) =>
  new Promise((resolve) => host.engine.hold(name, "k", APPEND.value, resolve));

const push = (host: RoomHost, message: Message) =>
  new Promise((resolve) => host.engine.push(message, null, resolve));

describe("RoomHost", () => {
  test("P7 a value is encoded once per codec and broadcast, and never parsed, for however many members", async () => {
    const host = await open();
    for (let i = 0; i < 100; i++) {
      const codec = i % 2 === 1;
      host.join(member(({ plain, session }) => void (i % 4 < 2 ? plain : session).batch(codec)));
    }
    const encode = vi.spyOn(cbor, "encode");
    const [parse, stringify] = [vi.spyOn(JSON, "parse"), vi.spyOn(JSON, "stringify")];
    const value = Payload.of({ some: "value" }, false);
    expect(stringify).toHaveBeenCalledTimes(1);
    await push(host, { ...APPEND, value });
    // The value, and the two frames around it.
    expect(encode.mock.calls.map(([what]) => Object.keys(what))).toEqual([
      ["some"],
      expect.arrayContaining(["type", "seq"]),
      expect.arrayContaining(["type", "seq", "prev"]),
    ]);
    expect(parse).not.toHaveBeenCalled();
    // The value, and its key in two frames.
    expect(stringify).toHaveBeenCalledTimes(3);
  });

  test("S6 sessions are told the seq of the retained message before, plain connections are not", async () => {
    const host = await open();
    const frames: unknown[] = [];
    host.join(
      member(({ retained, plain, session }) => {
        frames.push([retained, JSON.parse(plain.json), JSON.parse(session.json)]);
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

  test("P2 all members are told the same, and none that has left", async () => {
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

  test("P2 a member that leaves while it is told does not keep the others from being told", async () => {
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

  test("M3 members are told of a compaction that was applied, and of no other", async () => {
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

  test("M5 members are told before the sender is answered", async () => {
    const host = await open();
    const order: string[] = [];
    host.join(member(() => void order.push("broadcast")));
    host.engine.push(APPEND, null, () => void order.push("answer"));
    expect(order).toEqual([]);
    await new Promise<void>((resolve) => host.engine.barrier(resolve));
    expect(order).toEqual(["broadcast", "answer"]);
  });

  test("S10 a session that joins again takes the place of its older connection", async () => {
    const host = await open();
    const [first, second, other] = [sessionMember(), sessionMember(), sessionMember()];
    host.joinSession("a", first);
    host.joinSession("b", other);
    expect(first.takenOver).not.toHaveBeenCalled();
    host.joinSession("a", second);
    expect(first.takenOver).toHaveBeenCalledTimes(1);
    expect(other.takenOver).not.toHaveBeenCalled();
    // The older one's close comes later, and is not the newer one's.
    host.leaveSession("a", first, 4001);
    const third = sessionMember();
    host.joinSession("a", third);
    expect(second.takenOver).toHaveBeenCalledTimes(1);
    host.leaveSession("a", third, 1006);
    host.joinSession("a", sessionMember());
    expect(third.takenOver).not.toHaveBeenCalled();
  });

  test("S2 a listener is told of its keys, once each, until it does not listen any more", async () => {
    const host = await open();
    const [one, both, everything] = [member(), member(), member()];
    host.listen("a", one);
    host.listen("a", one);
    host.listen("a", both);
    host.listen("b", both);
    host.join(everything);
    const told = () =>
      [one, both, everything].map(({ message }) => message.mock.calls.map(([{ key }]) => key));
    for (const key of ["a", "b", "c"]) await push(host, { ...APPEND, key });
    expect(told()).toEqual([["a"], ["a", "b"], ["a", "b", "c"]]);
    host.unlisten("a", both);
    host.unlisten("a", both);
    host.unlisten("c", both);
    for (const key of ["a", "b"]) await push(host, { ...APPEND, key });
    expect(told()).toEqual([
      ["a", "a"],
      ["a", "b", "b"],
      ["a", "b", "c", "a", "b"],
    ]);
    host.unlisten("a", one);
    host.listen("a", both);
    await push(host, { ...APPEND, key: "a" });
    expect(told().map(({ length }) => length)).toEqual([2, 4, 6]);
  });

  test("S6 S9 sessions are told of a replace and of a hold what plain connections are not", async () => {
    const host = await open();
    const frames: unknown[] = [];
    host.join(
      member(({ retained, plain, session }) => {
        frames.push([retained, JSON.parse(plain.json), JSON.parse(session.json)]);
        for (const frame of [plain, session]) expect(cbor.decode(frame.cbor)).toEqual(JSON.parse(frame.json));
      }),
    );
    await push(host, { ...APPEND, action: { type: "replace" } });
    await hold(host, "name");
    const frame = (seq: number) => ({ type: "push", key: "k", value: 1, seq });
    expect(frames).toEqual([
      [true, frame(1), { ...frame(1), prev: 0, replace: true }],
      [false, frame(2), { ...frame(2), from: "name" }],
    ]);
  });

  test("S9 all who are told of everything, or of its key, are told of a release, in one frame", async () => {
    const host = await open();
    const [everything, one, other] = [member(), member(), member()];
    host.join(everything);
    host.listen("k", one);
    host.listen("other", other);
    await hold(host, "name");
    await new Promise((resolve) => host.engine.release("name", "k", resolve));
    expect(JSON.parse(everything.held.mock.calls[0]?.[0].json as string)).toEqual({
      type: "release",
      key: "k",
      from: "name",
      seq: 2,
    });
    expect(one.held.mock.calls).toEqual(everything.held.mock.calls);
    expect(one.held).toHaveBeenCalledTimes(1);
    expect(other.held).not.toHaveBeenCalled();
  });

  test("a room that is not open yet says so", () => {
    expect(() => new RoomHost().engine).toThrow("not open");
  });
});

describe("RoomHost, when a session ends", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));

  /** A room in which the session "a" holds something, and somebody is told of it. */
  async function openHeld() {
    const { host, store } = await openRoom();
    const watcher = member();
    host.join(watcher);
    const session = sessionMember();
    host.joinSession("a", session);
    await hold(host, publicName("a"));
    // From now on nothing waits for it (D23).
    vi.advanceTimersByTime(16);
    /** How many releases the others were told of by then. */
    const releases = async (after = 0) => {
      vi.advanceTimersByTime(after);
      await settled(host);
      return watcher.held.mock.calls.length;
    };
    return { host, store, session, releases };
  }

  test.each([1000, 4009])("S9 at once after %i", async (code) => {
    const { host, session, releases } = await openHeld();
    host.leaveSession("a", session, code);
    expect(await releases()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  const lost = [1005, 1006, 1008, 1009, 1012, 1013, 4001, 4008, 4999];
  test.each<[code: number, ms: number]>([
    [1001, 2_000],
    ...lost.map((code): [number, number] => [code, 15_000]),
  ])("S9 after %i when %i ms are over, and once", async (code, ms) => {
    const { host, session, releases } = await openHeld();
    host.leaveSession("a", session, code);
    expect(await releases(ms - 1)).toBe(0);
    expect(await releases(1)).toBe(1);
    expect(await releases(60_000)).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([1001, 1006])(
    "S9 not after %i if it comes back in time, and anew when it goes again",
    async (code) => {
      const { host, session, releases } = await openHeld();
      for (const last of [session, sessionMember(), sessionMember()]) {
        host.joinSession("a", last);
        expect(vi.getTimerCount()).toBe(0);
        expect(await releases(60_000)).toBe(0);
        host.leaveSession("a", last, code);
        expect(await releases(1_999)).toBe(0);
      }
      expect(await releases(13_001)).toBe(1);
    },
  );

  test("S9 each for itself", async () => {
    const { host, session, releases } = await openHeld();
    const other = sessionMember();
    host.joinSession("b", other);
    await hold(host, publicName("b"));
    host.leaveSession("b", other, 1006);
    expect(await releases(10_000)).toBe(0);
    host.leaveSession("a", session, 1006);
    expect(await releases(5_000)).toBe(1);
    expect(await releases(10_000)).toBe(2);
  });

  test("S10 not when the connection that leaves was taken over, whatever it is closed with", async () => {
    const { host, session, releases } = await openHeld();
    const second = sessionMember();
    host.joinSession("a", second);
    host.leaveSession("a", session, 1000);
    expect(vi.getTimerCount()).toBe(0);
    expect(await releases(60_000)).toBe(0);
    host.leaveSession("a", second, 1000);
    expect(await releases()).toBe(1);
  });

  test("D22 a second later, and again, while that cannot be committed", async () => {
    const { host, store, session, releases } = await openHeld();
    store.failing = true;
    host.leaveSession("a", session, 1000);
    expect(await releases()).toBe(0);
    expect(await releases(1_000)).toBe(0);
    store.failing = false;
    expect(await releases(999)).toBe(0);
    expect(await releases(1)).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("D22 not if it has come back by then", async () => {
    const { host, store, session, releases } = await openHeld();
    store.failing = true;
    host.leaveSession("a", session, 1000);
    await settled(host);
    store.failing = false;
    const again = sessionMember();
    host.joinSession("a", again);
    expect(vi.getTimerCount()).toBe(0);
    expect(await releases(60_000)).toBe(0);
    host.leaveSession("a", again, 1000);
    expect(await releases()).toBe(1);
  });

  test("D22 not while it is there, though it came, went and came before the failure was known", async () => {
    const { host, store, session, releases } = await openHeld();
    store.failing = true;
    host.leaveSession("a", session, 1000);
    const [second, third] = [sessionMember(), sessionMember()];
    host.joinSession("a", second);
    host.leaveSession("a", second, 1006);
    await settled(host);
    store.failing = false;
    // The grace period of the second connection, and nothing sooner.
    expect(await releases(14_999)).toBe(0);
    host.joinSession("a", third);
    expect(vi.getTimerCount()).toBe(0);
    expect(await releases(60_000)).toBe(0);
  });

  test("S9 a room that is closed leaves no timer", async () => {
    const { host, session } = await openHeld();
    host.leaveSession("a", session, 1006);
    expect(vi.getTimerCount()).toBe(1);
    host.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("S9 a room that is closed does not try again to end a session", async () => {
    const { host, store, session } = await openHeld();
    store.failing = true;
    host.leaveSession("a", session, 1000);
    host.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

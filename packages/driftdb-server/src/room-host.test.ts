import { cbor } from "driftdb-protocol/cbor";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Announcement } from "./announcement.js";
import type { Message } from "./engines/engine.js";
import { LocalEngine } from "./engines/local-engine.js";
import { MemoryStore } from "./engines/memory-store.js";
import { DEFAULT_LIMITS } from "./limits.js";
import { Payload } from "./payload.js";
import { type Member, RoomHost } from "./room-host.js";

afterEach(() => void vi.restoreAllMocks());

async function open(): Promise<RoomHost> {
  const engine = new LocalEngine(new MemoryStore(DEFAULT_LIMITS));
  await engine.create("room");
  const host = new RoomHost();
  const room = await engine.open("room", host);
  if (!room) throw new Error("there is no such room");
  return host.attach(room);
}

function member(message: (announcement: Announcement) => void = () => {}) {
  return { message: vi.fn(message), released: vi.fn(), compacted: vi.fn() } satisfies Member;
}

function sessionMember() {
  return { ...member(), takenOver: vi.fn() };
}

const APPEND: Message = { key: "k", value: Payload.of(1, false), action: { type: "append" } };
const RELAY: Message = { ...APPEND, action: { type: "relay" } };

const push = (host: RoomHost, message: Message) =>
  new Promise((resolve) => host.engine.push(message, null, resolve));

describe("RoomHost", () => {
  test("P7 a broadcast is encoded once per codec, for however many members", async () => {
    const host = await open();
    for (let i = 0; i < 100; i++) {
      host.join(member(({ plain }) => void (i % 2 ? plain.json : plain.cbor)));
    }
    const encode = vi.spyOn(cbor, "encode");
    await push(host, APPEND);
    expect(encode).toHaveBeenCalledTimes(1);
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

  test("a room that is not open yet says so", () => {
    expect(() => new RoomHost().engine).toThrow("not open");
  });
});

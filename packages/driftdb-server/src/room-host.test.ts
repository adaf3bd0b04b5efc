import { cbor } from "driftdb-protocol/cbor";
import { afterEach, describe, expect, test, vi } from "vitest";
import { LocalEngine } from "./engines/local-engine.js";
import { MemoryStore } from "./engines/memory-store.js";
import type { Frame } from "./frame.js";
import { DEFAULT_LIMITS } from "./limits.js";
import { Payload } from "./payload.js";
import type { Request } from "./request.js";
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

function member(send: (frame: Frame) => void = () => {}, debug = false) {
  return { debug, send: vi.fn(send) } satisfies Member;
}

const PUSH: Request = { type: "push", key: "k", value: Payload.of(1, false), action: { type: "append" } };

/** Makes the request, and resolves with its answer. */
const ask = (host: RoomHost, request: Request) => new Promise((resolve) => host.request(request, resolve));

describe("RoomHost", () => {
  test("P7 a broadcast is encoded once per codec, for however many members", async () => {
    const host = await open();
    for (let i = 0; i < 100; i++) {
      host.join(member((frame) => void (i % 2 ? frame.json : frame.cbor)));
    }
    const encode = vi.spyOn(cbor, "encode");
    await ask(host, PUSH);
    expect(encode).toHaveBeenCalledTimes(1);
  });

  test("P2 all members are given the same frame, and none that has left", async () => {
    const host = await open();
    const [staying, leaving, other] = [member(), member(), member()];
    for (const one of [staying, leaving, other]) host.join(one);
    await ask(host, PUSH);
    host.leave(leaving);
    await ask(host, PUSH);
    expect(staying.send).toHaveBeenCalledTimes(2);
    expect(other.send.mock.calls).toEqual(staying.send.mock.calls);
    expect(leaving.send).toHaveBeenCalledTimes(1);
  });

  test("P2 a member that leaves while it is told does not keep the others from being told", async () => {
    const host = await open();
    const leaving = member(() => host.leave(leaving));
    const other = member();
    host.join(leaving);
    host.join(other);
    await ask(host, PUSH);
    await ask(host, PUSH);
    expect(leaving.send).toHaveBeenCalledTimes(1);
    expect(other.send).toHaveBeenCalledTimes(2);
  });

  test("M5 members are told before the sender is answered", async () => {
    const host = await open();
    const order: string[] = [];
    host.join(member(() => void order.push("broadcast")));
    host.request(PUSH, () => void order.push("answer"));
    expect(order).toEqual([]);
    await new Promise<void>((resolve) => host.barrier(resolve));
    expect(order).toEqual(["broadcast", "answer"]);
  });

  test("P8 a debug member that has left is shown nothing more", async () => {
    const host = await open();
    const debug = member(() => {}, true);
    host.join(debug);
    const told = ask(host, PUSH);
    host.leave(debug);
    await told;
    await new Promise<void>((resolve) => host.barrier(resolve));
    expect(debug.send).not.toHaveBeenCalled();
  });

  test("a room that is not open yet says so", () => {
    expect(() => new RoomHost().barrier(() => {})).toThrow("not open");
  });
});

import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../test/manual-clock.js";
import { connectionOf, payload, TestHost } from "../../../test/test-host.js";
import type { Commit } from "../../core/commit.js";
import type { Connection } from "../../core/request.js";
import { DEFAULT_LIMITS } from "../../limits/limits.js";
import type { Payload } from "../payload.js";
import { LocalEngine } from "./local-engine.js";
import { MemoryStore } from "./memory-store.js";

/** A store whose commits fail while `failing` is true. */
class FailingStore extends MemoryStore {
  failing = false;

  override commit(commits: readonly Commit<Payload>[]): void {
    if (this.failing) throw new Error("the disk is on fire");
    super.commit(commits);
  }
}

/** A clock whose timers are up to 1 ms early. */
class EarlyClock extends ManualClock {
  override after(ms: number, run: () => void): () => void {
    return super.after(ms - 0.9, run);
  }
}

const turnEnds = () => new Promise((resolve) => setImmediate(resolve));

/** A room with two hosts. The session "a" is on the first host, and holds a value. */
async function openHeld(clock = new ManualClock()) {
  const store = new FailingStore();
  const engine = new LocalEngine(store, { limits: DEFAULT_LIMITS, clock, onError: () => {} });
  await engine.create("room");
  const [host, other] = [await TestHost.open(engine, "room"), await TestHost.open(engine, "room")];
  const join = (cid = "a"): Connection => {
    const connection = connectionOf(cid);
    host.submit({ type: "join", connection });
    return connection;
  };
  const hold = (connection: Connection) =>
    host.submit({ type: "hold", connection, key: "k", value: payload(connection.session?.cid) });
  const leave = (connection: Connection, code: number) => host.submit({ type: "leave", connection, code });
  const connection = join();
  hold(connection);
  await host.barrier();
  /** How many releases each host has received after `after` milliseconds. */
  const releases = async (after = 0) => {
    await host.barrier();
    clock.advance(after);
    // A timer makes the engine apply the room in the next turn.
    await turnEnds();
    await Promise.all([host.barrier(), other.barrier()]);
    const counts = [host, other].map(
      ({ outputs }) => outputs.filter(({ type }) => type === "released").length,
    );
    expect(counts[1]).toBe(counts[0]);
    return counts[0];
  };
  return { clock, store, host, other, connection, join, hold, leave, releases };
}

describe("LocalRoom, when a session ends", () => {
  test.each([1000, 4009])("S9 releases immediately after close code %i", async (code) => {
    const { clock, connection, leave, releases } = await openHeld();
    leave(connection, code);
    expect(await releases()).toBe(1);
    expect(clock.timers).toBe(0);
  });

  const lost = [1005, 1006, 1008, 1009, 1012, 1013, 4001, 4008, 4999];
  test.each<[code: number, ms: number]>([
    [1001, 2_000],
    ...lost.map((code): [number, number] => [code, 15_000]),
  ])("S9 releases once, after close code %i and %i ms", async (code, ms) => {
    const { clock, connection, leave, releases } = await openHeld();
    leave(connection, code);
    expect(await releases(ms - 1)).toBe(0);
    expect(clock.timers).toBe(1);
    expect(await releases(1)).toBe(1);
    expect(await releases(60_000)).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test.each([1001, 1006])(
    "S9 does not release after close code %i if the session joins again in time, until it leaves again",
    async (code) => {
      const { clock, connection, join, leave, releases } = await openHeld();
      let last = connection;
      for (let i = 0; i < 3; i++) {
        if (i > 0) last = join();
        expect(await releases(60_000)).toBe(0);
        expect(clock.timers).toBe(0);
        leave(last, code);
        expect(await releases(1_999)).toBe(0);
      }
      expect(await releases(13_001)).toBe(1);
    },
  );

  test("S9 ends each session at its own time", async () => {
    const { connection, join, hold, leave, releases } = await openHeld();
    const other = join("b");
    hold(other);
    leave(other, 1006);
    expect(await releases(10_000)).toBe(0);
    leave(connection, 1006);
    expect(await releases(5_000)).toBe(1);
    expect(await releases(10_000)).toBe(2);
  });

  test("S9 ends a session in time that leaves later and ends sooner than another", async () => {
    const { clock, connection, join, hold, leave, releases } = await openHeld();
    const other = join("b");
    hold(other);
    leave(other, 1006);
    expect(await releases(1_000)).toBe(0);
    leave(connection, 1001);
    expect(await releases(2_000)).toBe(1);
    expect(clock.timers).toBe(1);
    expect(await releases(12_000)).toBe(2);
    expect(clock.timers).toBe(0);
  });

  test("S10 does not release when a connection that was taken over leaves, even with code 1000", async () => {
    const { clock, connection, join, leave, releases } = await openHeld();
    const second = join();
    leave(connection, 1000);
    expect(await releases(60_000)).toBe(0);
    expect(clock.timers).toBe(0);
    leave(second, 1000);
    expect(await releases()).toBe(1);
  });

  test("D22 tries the release again each second until it is committed", async () => {
    const { clock, store, connection, leave, releases } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    expect(await releases()).toBe(0);
    expect(await releases(1_000)).toBe(0);
    store.failing = false;
    expect(await releases(999)).toBe(0);
    expect(await releases(1)).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test("D22 tries the release again in a room without other requests", async () => {
    const { clock, store, host, connection, leave } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    await turnEnds();
    store.failing = false;
    expect(clock.timers).toBe(1);
    clock.advance(1_000);
    await turnEnds();
    expect(host.outputs.at(-1)).toMatchObject({ type: "released", key: "k" });
  });

  test("S9 releases in time when timers are early, as in Node", async () => {
    const clock = new EarlyClock();
    const { host, connection, leave } = await openHeld(clock);
    leave(connection, 1001);
    await host.barrier();
    clock.advance(1_999.5);
    await turnEnds();
    expect(host.outputs.at(-1)?.type).toBe("reached");
    expect(clock.timers).toBe(1);
    clock.advance(0.5);
    await turnEnds();
    expect(host.outputs.at(-1)).toMatchObject({ type: "released", key: "k" });
    expect(clock.timers).toBe(0);
  });

  test("D22 does not release if the session has joined again meanwhile", async () => {
    const { clock, store, host, connection, join, leave, releases } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    await host.barrier();
    store.failing = false;
    const again = join();
    expect(await releases(60_000)).toBe(0);
    expect(clock.timers).toBe(0);
    leave(again, 1000);
    expect(await releases()).toBe(1);
  });

  test("D22 leaves the whole grace to a session that joined and left before the failure", async () => {
    const { clock, store, host, connection, join, leave, releases } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    const second = join();
    leave(second, 1006);
    await host.barrier();
    store.failing = false;
    // The grace of the second connection applies, and no earlier end.
    expect(await releases(14_999)).toBe(0);
    join();
    expect(await releases(60_000)).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("S9 a closed room has no timer", async () => {
    const { clock, host, other, connection, leave } = await openHeld();
    leave(connection, 1006);
    await host.barrier();
    expect(clock.timers).toBe(1);
    host.close();
    expect(clock.timers).toBe(1);
    other.close();
    expect(clock.timers).toBe(0);
  });

  test("S9 a closed room does not try again to end a session", async () => {
    const { clock, store, host, other, connection, leave } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    host.close();
    other.close();
    expect(clock.timers).toBe(0);
  });
});

describe("LocalRoom, with several hosts", () => {
  const answersOf = ({ outputs }: TestHost) =>
    outputs.flatMap((output) => ("request" in output ? [output.request] : []));

  test("delivers events to all hosts, and each answer to the host that asked", async () => {
    const { host, other } = await openHeld();
    for (const { outputs } of [host, other]) outputs.length = 0;
    const [one, same] = await Promise.all([host.push("k", 1), other.push("k", 2)]);
    expect(answersOf(host)).toEqual([one.request]);
    expect(answersOf(other)).toEqual([same.request]);
    const eventsOf = ({ outputs }: TestHost) => outputs.filter((output) => !("request" in output));
    expect(eventsOf(host)).toHaveLength(2);
    expect(eventsOf(other)).toEqual(eventsOf(host));
  });

  test("delivers the answers of a host that has closed the room to no other host", async () => {
    const { host, other } = await openHeld();
    other.outputs.length = host.outputs.length = 0;
    void host.push("k", 1);
    host.close();
    await other.push("k", 2);
    expect(host.outputs).toEqual([]);
    expect(other.outputs.map(({ type }) => type)).toEqual(["message", "message", "stored"]);
    expect(answersOf(other)).toHaveLength(1);
  });

  test("delivers the answers of a host that closes the room in `deliver` to no other host", async () => {
    const { host, other } = await openHeld();
    other.outputs.length = host.outputs.length = 0;
    const deliver = host.deliver.bind(host);
    host.deliver = (outputs) => {
      host.close();
      deliver(outputs);
    };
    void host.push("k", 1);
    await other.push("k", 2);
    expect(answersOf(host)).toHaveLength(1);
    expect(other.outputs.map(({ type }) => type)).toEqual(["message", "message", "stored"]);
  });

  test("goes on for one host when the other closes the room", async () => {
    const { host, other } = await openHeld();
    host.close();
    host.close();
    void host.push("k", "not submitted any more");
    expect(await other.entries("k")).toEqual([]);
    await other.push("k", 2);
    expect(await other.entries("k")).toEqual([[2, 2]]);
  });
});

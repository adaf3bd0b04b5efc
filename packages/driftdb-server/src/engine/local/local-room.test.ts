import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../test/manual-clock.js";
import { connectionOf, payload, TestHost } from "../../../test/test-host.js";
import type { Commit } from "../../core/commit.js";
import type { Connection } from "../../core/request.js";
import { DEFAULT_LIMITS } from "../../limits/limits.js";
import type { Payload } from "../payload.js";
import { LocalEngine } from "./local-engine.js";
import { MemoryStore } from "./memory-store.js";

/** A store whose commits fail while it is told so. */
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

/** A room that two hosts have open; the session "a" holds something in it, and its connection is on the first host. */
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
  /** How many releases every host was delivered by then. */
  const releases = async (after = 0) => {
    await host.barrier();
    clock.advance(after);
    // A timer has the room applied in the next turn.
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
  test.each([1000, 4009])("S9 releases immediately after %i", async (code) => {
    const { clock, connection, leave, releases } = await openHeld();
    leave(connection, code);
    expect(await releases()).toBe(1);
    expect(clock.timers).toBe(0);
  });

  const lost = [1005, 1006, 1008, 1009, 1012, 1013, 4001, 4008, 4999];
  test.each<[code: number, ms: number]>([
    [1001, 2_000],
    ...lost.map((code): [number, number] => [code, 15_000]),
  ])("S9 releases after %i when %i ms are over, and once", async (code, ms) => {
    const { clock, connection, leave, releases } = await openHeld();
    leave(connection, code);
    expect(await releases(ms - 1)).toBe(0);
    expect(clock.timers).toBe(1);
    expect(await releases(1)).toBe(1);
    expect(await releases(60_000)).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test.each([1001, 1006])(
    "S9 does not release after %i if the session comes back in time, until it goes again",
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

  test("S9 a later session that ends sooner is not kept waiting", async () => {
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

  test("S10 does not release when a connection leaves that was taken over, whatever it is closed with", async () => {
    const { clock, connection, join, leave, releases } = await openHeld();
    const second = join();
    leave(connection, 1000);
    expect(await releases(60_000)).toBe(0);
    expect(clock.timers).toBe(0);
    leave(second, 1000);
    expect(await releases()).toBe(1);
  });

  test("D22 releases a second later, and again, while that cannot be committed", async () => {
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

  test("D22 releases a second later where nothing else happens in the room", async () => {
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

  test("S9 releases in time where timers are early, as those of Node may be", async () => {
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

  test("D22 does not release if the session has come back by then", async () => {
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

  test("D22 keeps the grace of a session that came and went before the failure was known", async () => {
    const { clock, store, host, connection, join, leave, releases } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    const second = join();
    leave(second, 1006);
    await host.barrier();
    store.failing = false;
    // The grace period of the second connection, and nothing sooner.
    expect(await releases(14_999)).toBe(0);
    join();
    expect(await releases(60_000)).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("S9 a room that is closed leaves no timer", async () => {
    const { clock, host, other, connection, leave } = await openHeld();
    leave(connection, 1006);
    await host.barrier();
    expect(clock.timers).toBe(1);
    host.close();
    expect(clock.timers).toBe(1);
    other.close();
    expect(clock.timers).toBe(0);
  });

  test("S9 a room that is closed does not try again to end a session", async () => {
    const { clock, store, host, other, connection, leave } = await openHeld();
    store.failing = true;
    leave(connection, 1000);
    host.close();
    other.close();
    expect(clock.timers).toBe(0);
  });
});

describe("LocalRoom, on several hosts", () => {
  const answersOf = ({ outputs }: TestHost) =>
    outputs.flatMap((output) => ("request" in output ? [output.request] : []));

  test("delivers events to all, and an answer to the host that asked", async () => {
    const { host, other } = await openHeld();
    for (const { outputs } of [host, other]) outputs.length = 0;
    const [one, same] = await Promise.all([host.push("k", 1), other.push("k", 2)]);
    expect(answersOf(host)).toEqual([one.request]);
    expect(answersOf(other)).toEqual([same.request]);
    const eventsOf = ({ outputs }: TestHost) => outputs.filter((output) => !("request" in output));
    expect(eventsOf(host)).toHaveLength(2);
    expect(eventsOf(other)).toEqual(eventsOf(host));
  });

  test("delivers the answers to a host that has closed the room meanwhile to no other", async () => {
    const { host, other } = await openHeld();
    other.outputs.length = host.outputs.length = 0;
    void host.push("k", 1);
    host.close();
    await other.push("k", 2);
    expect(host.outputs).toEqual([]);
    expect(other.outputs.map(({ type }) => type)).toEqual(["message", "message", "stored"]);
    expect(answersOf(other)).toHaveLength(1);
  });

  test("delivers the answers to a host that closes the room in `deliver` to no other", async () => {
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

  test("goes on for the host that stays when another one closes it", async () => {
    const { host, other } = await openHeld();
    host.close();
    host.close();
    void host.push("k", "not submitted any more");
    expect(await other.entries("k")).toEqual([]);
    await other.push("k", 2);
    expect(await other.entries("k")).toEqual([[2, 2]]);
  });
});

import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Commit, StreamChange } from "../../src/core/commit.js";
import { RoomState } from "../../src/core/room-state.js";
import type { SessionRecord } from "../../src/core/session.js";
import { STEP } from "../../src/engine/local/sqlite/room-loader.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { Payload } from "../../src/engine/payload.js";
import { temporaryDirectory } from "../test-server.js";
import { finish } from "./sqlite-data.js";

const MIB = 1 << 20;

/** A store with one room, which has these streams and sessions. */
function storeWith(
  streams: Record<string, readonly Payload[]>,
  sessions = new Map<string, SessionRecord>(),
): SqliteStore {
  const store = new SqliteStore(temporaryDirectory());
  onTestFinished(() => store.close());
  let head = 0;
  const changes = Object.entries(streams).map(([key, values]): StreamChange<Payload> => {
    return { key, dropped: [], put: values.map((value) => ({ seq: ++head, value, snapshot: false })) };
  });
  const commit: Commit<Payload> = {
    ...{ room: "room", epoch: "epoch", life: "life", time: 0, head, number: 1, sessions },
    ...{ events: [{ type: "created" }], streams: changes },
  };
  store.commit([commit]);
  return store;
}

const text = (size: number) => Payload.from(`"${"x".repeat(size - 2)}"`);
const many = (count: number, value: Payload) => Array<Payload>(count).fill(value);

/** Loads the room, and returns the most rows, bytes and ms of one step. */
function loadCounting(store: SqliteStore) {
  let rows = 0;
  let bytes = 0;
  const restore = vi.spyOn(RoomState.prototype, "restore").mockImplementation(function (
    this: RoomState<Payload>,
    key,
    entry,
  ) {
    rows++;
    bytes += entry.value.size;
    this.stream(key).append(entry);
    this.bytes += entry.value.size;
  } as RoomState<Payload>["restore"]);
  onTestFinished(() => restore.mockRestore());
  const most = { steps: 0, rows: 0, bytes: 0, ms: 0 };
  const steps = store.load("room");
  for (;;) {
    rows = bytes = 0;
    const start = performance.now();
    const { done, value } = steps.next();
    most.steps++;
    most.rows = Math.max(most.rows, rows);
    most.bytes = Math.max(most.bytes, bytes);
    most.ms = Math.max(most.ms, performance.now() - start);
    if (done) {
      console.log(`${most.steps} steps, the longest took ${most.ms.toFixed(1)} ms`);
      return { state: value as RoomState<Payload>, most };
    }
  }
}

describe("a room loads in steps with a limit of bytes and of rows:", () => {
  test("64 MiB of large rows", () => {
    // Values of a whole step, of half a step, and smaller ones.
    const values = [...many(32, text(MIB)), ...many(40, text(MIB / 2)), ...many(96, text(MIB / 8))];
    const { state, most } = loadCounting(storeWith({ a: values, b: values.slice(0, 1) }));
    expect(state.bytes).toBe(65 * MIB);
    expect(
      state.streams
        .get("a")
        ?.since(0)
        .map(({ value }) => value.size),
    ).toEqual(values.map(({ size }) => size));
    expect(most.bytes).toBeLessThanOrEqual(STEP.bytes);
    expect(most.steps).toBeGreaterThanOrEqual(65);
    // A step reads as many rows as fit.
    expect(most.steps).toBeLessThan(75);
  });

  test("a row larger than a step, in a step of its own", () => {
    const { state, most } = loadCounting(storeWith({ a: [text(10), text(3 * MIB), text(10)] }));
    expect(state.streams.get("a")?.length).toBe(3);
    expect(most).toMatchObject({ rows: 1, bytes: 3 * MIB });
  });

  test("100,000 small rows", () => {
    const { state, most } = loadCounting(
      storeWith({ "": many(30_000, text(100)), a: many(50_000, text(20)), "b\0c": many(20_000, text(2)) }),
    );
    expect(state.bytes).toBe(30_000 * 100 + 50_000 * 20 + 20_000 * 2);
    expect([...state.streams].map(([key, { length }]) => [key, length])).toEqual([
      ["", 30_000],
      ["a", 50_000],
      ["b\0c", 20_000],
    ]);
    expect(most.rows).toBe(STEP.rows);
  });

  test("S3 10,000 sessions of 256 messages", () => {
    const seqs = Array.from({ length: 256 }, (_, i) => 1_000_000 + i * 37);
    const sessions = new Map<string, SessionRecord>();
    // The order of names differs from the order of use.
    for (let i = 0; i < 10_000; i++) sessions.set(`cid ${90_000 - i}`, { acked: 300, seqs });
    const store = storeWith({ a: [text(10)] }, sessions);
    const { state, most } = loadCounting(store);
    expect(most.steps).toBeGreaterThan(100);
    expect(state.sessions.get("cid 90000")).toMatchObject({ acked: 300, seqs });
    expect(state.sessions.get("cid 80001")?.seqs).toEqual(seqs);
  });

  test("with commits of other rooms between them", () => {
    const store = storeWith({ a: many(3_500, text(10)) });
    const other: Commit<Payload> = {
      ...{ room: "other", epoch: "epoch", life: "life", time: 0, head: 0, number: 1 },
      ...{ events: [{ type: "created" }], streams: [], sessions: new Map() },
    };
    store.commit([other]);
    finish(store.load("other"));
    const steps = store.load("room");
    let head = 0;
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      head++;
      const put = [{ seq: head, value: text(5), snapshot: false }];
      const streams = [{ key: "b", dropped: [], put }];
      store.commit([{ ...other, head, number: head + 1, events: [], streams }]);
    }
    expect(head).toBeGreaterThanOrEqual(3);
    expect(step.value?.streams.get("a")?.length).toBe(3_500);
    expect(finish(store.load("other"))?.streams.get("b")?.length).toBe(head);
  });
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { turn, useModelTime } from "../../test/page.js";

const FRAME = 16;

let scheduler: typeof import("./frame-scheduler.js");
let calls: string[];

/** Calls that record their names. */
let a: () => void;
let b: () => void;
let c: () => void;

beforeEach(async () => {
  useModelTime();
  vi.resetModules();
  scheduler = await import("./frame-scheduler.js");
  calls = [];
  a = () => calls.push("a");
  b = () => calls.push("b");
  c = () => calls.push("c");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Runs one call at the end of the task, after which a frame begins. */
async function startFrame(): Promise<void> {
  scheduler.scheduleFrame(() => {});
  await turn();
}

it("runs calls when the task ends, if the last frame is over", async () => {
  scheduler.scheduleFrame(a);
  scheduler.scheduleFrame(b);
  expect(calls).toEqual([]);
  await turn();
  expect(calls).toEqual(["a", "b"]);
  expect(vi.getTimerCount()).toBe(0);
});

it("runs the calls of a frame together at its end, each once, in the order of scheduling", async () => {
  await startFrame();
  scheduler.scheduleFrame(b);
  await turn();
  vi.advanceTimersByTime(FRAME - 1);
  scheduler.scheduleFrame(a);
  scheduler.scheduleFrame(b);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(["b", "a"]);
});

it("runs one frame after the other for as long as calls are scheduled", async () => {
  const start = performance.now();
  const times: number[] = [];
  const record = () => times.push(performance.now() - start);
  for (let ms = 0; ms < 5 * FRAME; ms++) {
    scheduler.scheduleFrame(record);
    await turn();
    vi.advanceTimersByTime(1);
    await turn();
  }
  expect(times).toEqual([0, 1, 2, 3, 4, 5].map((frame) => frame * FRAME));
});

it("runs a call of the next frame immediately, if the frame was over without one", async () => {
  await startFrame();
  vi.advanceTimersByTime(FRAME);
  scheduler.scheduleFrame(a);
  await turn();
  expect(calls).toEqual(["a"]);
});

it("begins the next frame after the renders that the calls have queued, however long they take", async () => {
  scheduler.scheduleFrame(() => queueMicrotask(() => vi.advanceTimersByTime(10 * FRAME)));
  await turn();
  scheduler.scheduleFrame(a);
  await turn();
  vi.advanceTimersByTime(FRAME - 1);
  expect(calls).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(["a"]);
});

it("does not run a call that was cancelled, and leaves no timer behind", async () => {
  await startFrame();
  scheduler.scheduleFrame(a);
  scheduler.scheduleFrame(b);
  scheduler.cancelFrame(a);
  scheduler.cancelFrame(c);
  expect(vi.getTimerCount()).toBe(1);
  scheduler.cancelFrame(b);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(FRAME);
  expect(calls).toEqual([]);
});

it("runs a call that another call of the frame schedules in the same frame", async () => {
  scheduler.scheduleFrame(() => scheduler.scheduleFrame(a));
  await turn();
  expect(calls).toEqual(["a"]);
});

it("runs a call that the renders of a frame schedule", async () => {
  scheduler.scheduleFrame(() => queueMicrotask(() => scheduler.scheduleFrame(a)));
  await turn();
  await turn();
  expect(calls).toEqual(["a"]);
});

it("flushes all calls, after which the frame goes on", async () => {
  await startFrame();
  scheduler.scheduleFrame(a);
  scheduler.flushFrame();
  expect(calls).toEqual(["a"]);
  scheduler.scheduleFrame(b);
  await turn();
  vi.advanceTimersByTime(FRAME - 1);
  expect(calls).toEqual(["a"]);
  vi.advanceTimersByTime(1);
  expect(calls).toEqual(["a", "b"]);
});

it("logs what a call throws, and runs the others", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const error = new Error("thrown by a call");
  scheduler.scheduleFrame(() => {
    throw error;
  });
  scheduler.scheduleFrame(a);
  await turn();
  expect(calls).toEqual(["a"]);
  expect(log.mock.calls).toEqual([[error]]);
});

it.each(["setTimeout", "queueMicrotask"] as const)(
  "recovers from a %s that a fake clock has swallowed, a frame later",
  async (name) => {
    if (name === "setTimeout") await startFrame();
    vi.stubGlobal(name, () => 0);
    scheduler.scheduleFrame(a);
    vi.unstubAllGlobals();
    vi.advanceTimersByTime(FRAME - 1);
    scheduler.scheduleFrame(b);
    await turn();
    expect(calls).toEqual([]);
    vi.advanceTimersByTime(1);
    scheduler.scheduleFrame(c);
    await turn();
    expect(calls).toEqual(["a", "b", "c"]);
  },
);

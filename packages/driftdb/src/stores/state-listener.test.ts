import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { MODEL_URL, Page, useModelTime } from "../../test/page.js";
import { StateListener } from "./state-listener.js";

let room: ModelRoom;
let pages: Page[];

beforeEach(() => {
  useModelTime();
  room = new ModelRoom();
  pages = [];
});

afterEach(() => {
  for (const { db } of pages) db.disconnect();
  vi.useRealTimers();
});

/** A page that shows the value of the key `k`. */
function viewer(options: { debounceMillis?: number; parse?: (value: unknown) => unknown } = {}) {
  const page = new Page(room);
  void page.db.connect(MODEL_URL);
  pages.push(page);
  const shown: unknown[] = [];
  const state = new StateListener<unknown>({
    db: page.db,
    key: "k",
    callback: (value) => shown.push(value),
    ...options,
  });
  state.subscribe();
  return { page, state, shown };
}

const sent = () => room.history.map(({ value }) => (value as { v: unknown }).v);

describe("the view", () => {
  it("is undefined until a client sets it", () => {
    const { state, shown } = viewer();
    room.flow();
    expect(state.getSnapshot()).toBe(undefined);
    expect(shown).toEqual([]);
  });

  it("is the retained value at the start, then each value that others set", () => {
    room.push("k", { v: "old", i: "x", m: 1 }, "replace");
    const { state, shown } = viewer();
    room.flow();
    // 1.0.12 sends no m.
    room.push("k", { v: "new", i: "x" }, "replace");
    room.flow();
    expect(shown).toEqual(["old", "new"]);
    expect(state.getSnapshot()).toBe("new");
  });

  it("is the own value immediately, and stays that object when the server confirms it", () => {
    const { state, shown } = viewer();
    room.flow();
    const value = { deep: [1] };
    state.setStateOptimistic(value);
    expect(state.getSnapshot()).toBe(value);
    room.flow();
    expect(state.getSnapshot()).toBe(value);
    expect(shown).toEqual([value]);
  });

  it("is the own value while earlier values of others arrive", () => {
    const { state, shown, page } = viewer();
    room.flow();
    state.setStateOptimistic("mine");
    room.push("k", { v: "theirs", i: "x", m: 1 }, "replace");
    room.deliver(page.socket);
    expect(state.getSnapshot()).toBe("mine");
    room.flow();
    expect(state.getSnapshot()).toBe("mine");
    expect(shown).toEqual(["mine"]);
  });

  it("ends up the same in all clients, in any order", () => {
    const a = viewer();
    const b = viewer();
    room.flow();
    a.state.setStateOptimistic("a");
    b.state.setStateOptimistic("b");
    room.flow();
    const last = sent().at(-1);
    expect([a.state.getSnapshot(), b.state.getSnapshot()]).toEqual([last, last]);
  });

  it("may be null, false, 0 or empty", () => {
    const a = viewer();
    const b = viewer();
    room.flow();
    for (const value of [null, false, 0, "", null]) {
      a.state.setStateOptimistic(value);
      vi.advanceTimersByTime(20);
      room.flow();
      expect(b.state.getSnapshot()).toBe(value);
    }
  });

  it("returns to the server's value when the server refuses the own one", () => {
    room.push("k", { v: "kept", i: "x", m: 1 }, "replace");
    const { state, page } = viewer();
    room.flow();
    room.refuses = () => true;
    state.setStateOptimistic("refused");
    expect(state.getSnapshot()).toBe("refused");
    room.flow();
    expect(state.getSnapshot()).toBe("kept");
    expect(page.errors).toEqual([expect.objectContaining({ code: "too_much" })]);
  });

  it("skips messages of another shape, and reports them", () => {
    const { state, page } = viewer();
    room.push("k", { v: 1, i: "x" }, "replace");
    for (const value of ["text", 5, ["v"], { value: 1 }]) room.push("k", value, "append");
    room.flow();
    expect(state.getSnapshot()).toBe(1);
    expect(page.errors.length).toBe(4);
    expect(page.errors[0]).toMatchObject({ code: "unknown_shape" });
  });

  it("starts over in another room", () => {
    room.push("k", { v: "here", i: "x" }, "replace");
    const { state, page } = viewer();
    room.flow();
    state.setStateOptimistic("for here");
    state.setStateOptimistic("held back");
    void page.db.connect("ws://model/room/other/connect");
    expect(state.getSnapshot()).toBe(undefined);
    vi.advanceTimersByTime(100);
    expect(page.socket.up).toEqual([]);
  });
});

describe("setStateOptimistic", () => {
  it("accepts a function of the newest view", () => {
    const { state } = viewer();
    room.flow();
    const increment = (n: unknown) => Number(n ?? 0) + 1;
    for (let i = 0; i < 5; i++) state.setStateOptimistic(increment);
    expect(state.getSnapshot()).toBe(5);
    room.push("k", { v: 10, i: "x" }, "replace");
    vi.advanceTimersByTime(20);
    room.flow();
    state.setStateOptimistic(increment);
    expect(state.getSnapshot()).toBe(6);
  });

  it("refuses undefined and values that are not JSON, whether they would be sent now or later", () => {
    const { state, shown } = viewer();
    room.flow();
    expect(() => state.setStateOptimistic(undefined)).toThrow(/null/);
    expect(() => state.setStateOptimistic({ n: Number.NaN })).toThrow(
      expect.objectContaining({ code: "bad_value" }),
    );
    state.setStateOptimistic(1);
    expect(() => state.setStateOptimistic({ n: Number.NaN })).toThrow();
    expect(shown).toEqual([1]);
    vi.advanceTimersByTime(100);
    room.flow();
    expect(sent()).toEqual([1]);
  });

  it("sends the first and the last of many values, at most one per debounceMillis", () => {
    const { state } = viewer({ debounceMillis: 50 });
    room.flow();
    const times: number[] = [];
    for (let i = 0; i < 100; i++) {
      state.setStateOptimistic(i);
      const before = room.history.length;
      room.flow();
      if (room.history.length > before) times.push(i);
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(50);
    room.flow();
    expect(sent()[0]).toBe(0);
    expect(sent().at(-1)).toBe(99);
    expect(sent().length).toBe(3);
    for (const [i, time] of times.entries()) expect(time - (times[i - 1] ?? -50)).toBeGreaterThanOrEqual(50);
  });

  it("sends the last value even if it was set long before it is due", () => {
    const { state } = viewer();
    room.flow();
    state.setStateOptimistic("first");
    state.setStateOptimistic("last");
    vi.advanceTimersByTime(20);
    room.flow();
    vi.advanceTimersByTime(1_000);
    room.flow();
    expect(sent()).toEqual(["first", "last"]);
  });

  it("reports a value that turns out to be too large, and reverts it", () => {
    const { state, page } = viewer();
    room.flow();
    state.setStateOptimistic("small");
    state.setStateOptimistic("x".repeat(1_100_000));
    room.flow();
    vi.advanceTimersByTime(20);
    expect(page.errors).toEqual([expect.objectContaining({ code: "too_large" })]);
    expect(state.getSnapshot()).toBe("small");
  });

  it("lets only the newest value wait for a connection", () => {
    const { state, page } = viewer();
    room.flow();
    page.socket.cut();
    for (let i = 0; i < 50; i++) {
      state.setStateOptimistic(i);
      vi.advanceTimersByTime(5);
    }
    expect(state.getSnapshot()).toBe(49);
    vi.advanceTimersByTime(20);
    if (page.socket.state === "closed") page.redial();
    room.flow();
    expect(sent()).toEqual([49]);
    expect(state.getSnapshot()).toBe(49);
  });

  it("works before subscribe() and without it", () => {
    const page = new Page(room);
    void page.db.connect(MODEL_URL);
    pages.push(page);
    const state = new StateListener<string>({ db: page.db, key: "k" });
    state.setStateOptimistic("early");
    room.flow();
    expect(state.getSnapshot()).toBe("early");
    const other = viewer();
    room.flow();
    other.state.setStateOptimistic("newer");
    room.flow();
    state.subscribe();
    expect(state.getSnapshot()).toBe("early");
    room.flow();
    expect(state.getSnapshot()).toBe("newer");
  });
});

it("reverts a value that the server refuses, without a subscription too", () => {
  const page = new Page(room);
  void page.db.connect(MODEL_URL);
  pages.push(page);
  const state = new StateListener<string>({ db: page.db, key: "k" });
  room.flow();
  room.refuses = () => true;
  state.setStateOptimistic("refused");
  room.flow();
  expect(state.getSnapshot()).toBe(undefined);
});

describe("destroy()", () => {
  it("sends a value that waits, then stops following", () => {
    const { state, shown } = viewer();
    room.flow();
    state.setStateOptimistic(1);
    state.setStateOptimistic(2);
    state.destroy();
    room.flow();
    expect(sent()).toEqual([1, 2]);
    room.push("k", { v: 3 }, "replace");
    room.flow();
    expect(shown).toEqual([1, 2]);
    expect(state.getSnapshot()).toBe(2);
    vi.advanceTimersByTime(0);
    const timers = vi.getTimerCount();
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(timers);
  });
});

describe("a parse", () => {
  const parse = (value: unknown): unknown => {
    if (typeof value !== "number") throw new Error("no number");
    return `<${value}>`;
  };

  it("turns each sent value into the shown one: immediately, while it waits, and when it comes back", () => {
    const { state, shown, page } = viewer({ parse });
    room.flow();
    for (const n of [1, 2, 3]) state.setStateOptimistic(n);
    room.flow();
    vi.advanceTimersByTime(100);
    room.flow();
    expect(sent()).toEqual([1, 3]);
    expect(shown).toEqual(["<1>", "<2>", "<3>"]);
    room.push("k", { v: 4, i: "x" }, "replace");
    room.flow();
    expect(state.getSnapshot()).toBe("<4>");
    expect(page.errors).toEqual([]);
  });

  it("skips a bad value of others with a report, and refuses an own one with an error", () => {
    const { state, page } = viewer({ parse });
    room.push("k", { v: 1, i: "x" }, "replace");
    room.flow();
    room.push("k", { v: "two", i: "x" }, "replace");
    room.flow();
    const error = new Error("no number");
    expect(page.errors).toEqual([error]);
    expect(state.getSnapshot()).toBe("<1>");
    expect(() => state.setStateOptimistic("two")).toThrow(error);
    expect(() => state.setStateOptimistic(() => "two")).toThrow(error);
    expect(state.getSnapshot()).toBe("<1>");
    vi.advanceTimersByTime(100);
    room.flow();
    expect(sent()).toEqual([1, "two"]);
  });
});

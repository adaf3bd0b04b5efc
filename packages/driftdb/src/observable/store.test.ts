import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { Page, useModelTime } from "../../test/page.js";
import { StateListener } from "../stores/state-listener.js";

let room: ModelRoom;
let page: Page;
let store: StateListener<number>;

beforeEach(() => {
  useModelTime();
  room = new ModelRoom();
  page = new Page(room).open();
  store = new StateListener({ db: page.db, key: "k" });
  room.flow();
});

afterEach(() => {
  page.db.disconnect();
  vi.useRealTimers();
});

const gets = () => room.received.filter(({ type }) => type === "get").length;
const set = (v: number) => {
  room.push("k", { v }, "replace");
  room.flow();
};

describe("as a store", () => {
  it("follows its key from the first subscriber on, with one get for all", () => {
    const changes = [vi.fn(), vi.fn()];
    expect(gets()).toBe(0);
    for (const change of changes) store.subscribe(change);
    room.flow();
    expect(gets()).toBe(1);
    set(1);
    for (const change of changes) expect(change.mock.calls).toEqual([[undefined], [1]]);
    expect(store.getSnapshot()).toBe(1);
  });

  it("costs no second get when a subscriber leaves and returns in the same task (StrictMode)", () => {
    store.subscribe(() => {})();
    const change = vi.fn();
    store.subscribe(change);
    room.flow();
    vi.advanceTimersByTime(1);
    set(1);
    expect(gets()).toBe(1);
    expect(change.mock.calls).toEqual([[undefined], [1]]);
  });

  it("stops a macrotask after the last subscriber, and starts again with the next", () => {
    const change = vi.fn();
    const undo = store.subscribe(change);
    room.flow();
    undo();
    undo();
    vi.advanceTimersByTime(1);
    set(1);
    expect(change.mock.calls).toEqual([[undefined]]);
    expect(store.getSnapshot()).toBe(undefined);
    store.subscribe(change);
    room.flow();
    expect(store.getSnapshot()).toBe(1);
  });

  it("removes one of two equal subscribers", () => {
    const change = vi.fn();
    const undo = store.subscribe(change);
    store.subscribe(change);
    undo();
    vi.advanceTimersByTime(1);
    set(1);
    expect(change.mock.calls).toEqual([[undefined], [undefined], [1]]);
  });

  it("after subscribe() without a listener, as in 1.0.12, follows until destroy()", () => {
    store.subscribe();
    store.subscribe(() => {})();
    vi.advanceTimersByTime(1);
    set(1);
    expect(store.getSnapshot()).toBe(1);
    store.destroy();
    set(2);
    expect(store.getSnapshot()).toBe(1);
    store.subscribe();
    room.flow();
    expect(store.getSnapshot()).toBe(2);
  });

  it("ignores the undo of subscribe() without a listener, which 1.0.12 did not have", () => {
    const undo: unknown = store.subscribe();
    (undo as () => void)();
    vi.advanceTimersByTime(1);
    set(1);
    expect(store.getSnapshot()).toBe(1);
  });

  it("has functions that need no `this`", () => {
    const { subscribe, getSnapshot, setStateOptimistic } = store;
    subscribe(() => {});
    setStateOptimistic(1);
    expect(getSnapshot()).toBe(1);
  });

  it("calls no subscriber for an equal value", () => {
    const change = vi.fn();
    store.subscribe(change);
    set(1);
    set(1);
    expect(change.mock.calls).toEqual([[undefined], [1]]);
  });

  it("calls each subscriber with the present value, also if another one sets it in between", () => {
    set(1);
    const [first, second] = [vi.fn(), vi.fn()];
    store.subscribe((value) => {
      first(value);
      if (value === 1) store.setStateOptimistic(2);
    });
    store.subscribe(second);
    expect(second.mock.calls).toEqual([[undefined]]);
    room.flow();
    expect(first.mock.calls).toEqual([[undefined], [1], [2]]);
    expect(second.mock.calls).toEqual([[undefined], [2], [2]]);
    const late = vi.fn();
    store.subscribe(late);
    expect(late.mock.calls).toEqual([[2]]);
  });

  it("calls a subscriber with the value that it sets in its first call", () => {
    const seen: unknown[] = [];
    store.subscribe((value) => {
      seen.push(value);
      if (value === undefined) store.setStateOptimistic(50);
    });
    expect(seen).toEqual([undefined, 50]);
  });
});

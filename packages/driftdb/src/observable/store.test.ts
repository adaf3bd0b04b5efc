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
  it("follows its key from the first watcher on, with one get for all", () => {
    const changes = [vi.fn(), vi.fn()];
    expect(gets()).toBe(0);
    for (const change of changes) store.subscribe(change);
    room.flow();
    expect(gets()).toBe(1);
    set(1);
    for (const change of changes) expect(change.mock.calls).toEqual([[undefined], [1]]);
    expect(store.getSnapshot()).toBe(1);
  });

  it("costs no second get when a watcher leaves and comes back at once (StrictMode)", () => {
    store.subscribe(() => {})();
    const change = vi.fn();
    store.subscribe(change);
    room.flow();
    vi.advanceTimersByTime(1);
    set(1);
    expect(gets()).toBe(1);
    expect(change.mock.calls).toEqual([[undefined], [1]]);
  });

  it("stops a macrotask after the last watcher, and starts again with the next", () => {
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

  it("undoes one of two equal watchers", () => {
    const change = vi.fn();
    const undo = store.subscribe(change);
    store.subscribe(change);
    undo();
    vi.advanceTimersByTime(1);
    set(1);
    expect(change.mock.calls).toEqual([[undefined], [undefined], [1]]);
  });

  it("goes on without watchers after subscribe() as in 1.0.12, until destroy()", () => {
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

  it("has functions that need no `this`", () => {
    const { subscribe, getSnapshot, setStateOptimistic } = store;
    subscribe(() => {});
    setStateOptimistic(1);
    expect(getSnapshot()).toBe(1);
  });

  it("does not tell of a value that is the same", () => {
    const change = vi.fn();
    store.subscribe(change);
    set(1);
    set(1);
    expect(change.mock.calls).toEqual([[undefined], [1]]);
  });

  it("gives each watcher the present value at once, and what holds when another sets one meanwhile", () => {
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

  it("tells a watcher of the value that it sets when it is first called", () => {
    const seen: unknown[] = [];
    store.subscribe((value) => {
      seen.push(value);
      if (value === undefined) store.setStateOptimistic(50);
    });
    expect(seen).toEqual([undefined, 50]);
  });
});

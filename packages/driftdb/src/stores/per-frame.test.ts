import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { turn } from "../../test/page.js";
import { MessageList } from "./message-list.js";
import { perFrame } from "./per-frame.js";
import { Reducer } from "./reducer.js";
import { StateListener } from "./state-listener.js";

const FRAME = 16;

eachWithOnePage();

/**
 * The scheduler lives as long as the module, and its clock never goes back: each test starts after the one
 * before.
 */
let start = 0;

beforeEach(() => {
  start += 60_000;
  vi.advanceTimersByTime(start);
});

// The stores stop following their keys.
afterEach(() => {
  vi.advanceTimersByTime(50);
});

/** Lets a value of another client arrive. */
async function arrive(key: string, v: number): Promise<void> {
  room.push(key, { v }, "replace");
  room.flow();
  await turn();
}

/**
 * Opens the page and follows a key through a view. The returned array has each value that the view showed.
 */
async function viewed(key: string) {
  const store = new StateListener<number>({ db: page.db, key });
  const view = perFrame(page.db, store);
  const shown: (number | undefined)[] = [];
  const stop = view.subscribe((value) => shown.push(value));
  if (!page.db.status.connected) page.open();
  room.flow();
  await turn();
  vi.advanceTimersByTime(FRAME);
  shown.length = 0;
  return { store, view, shown, stop };
}

it("is a store: it shows its value to a new listener before it returns", async () => {
  const { view, stop } = await viewed("k");
  await arrive("k", 1);
  const shown: unknown[] = [];
  const undo = view.subscribe((value) => shown.push(value));
  expect([shown, view.getSnapshot()]).toEqual([[1], 1]);
  undo();
  stop();
});

it("returns the same view for the same store", () => {
  const store = new StateListener<number>({ db: page.db, key: "k" });
  expect(perFrame(page.db, store)).toBe(perFrame(page.db, store));
  expect(perFrame(page.db, new StateListener<number>({ db: page.db, key: "k" }))).not.toBe(
    perFrame(page.db, store),
  );
});

it("shows what arrives when the task ends, and what arrives within the frame once, at its end", async () => {
  const { store, view, shown, stop } = await viewed("k");
  await arrive("k", 1);
  expect(shown).toEqual([1]);
  for (const v of [2, 3, 4]) await arrive("k", v);
  expect([store.getSnapshot(), view.getSnapshot(), shown]).toEqual([4, 1, [1]]);
  vi.advanceTimersByTime(FRAME);
  expect([view.getSnapshot(), shown]).toEqual([4, [1, 4]]);
  stop();
});

it("shows a change by this client immediately, after all that has arrived before in other views", async () => {
  const [first, second] = [await viewed("a"), await viewed("b")];
  await arrive("a", 1);
  await arrive("a", 2);
  expect(first.shown).toEqual([1]);
  second.store.setStateOptimistic(5);
  expect([first.shown, second.shown]).toEqual([[1, 2], [5]]);
  first.stop();
  second.stop();
});

it("changes all views in the same frame", async () => {
  const [first, second] = [await viewed("a"), await viewed("b")];
  await arrive("a", 1);
  await arrive("a", 2);
  await arrive("b", 3);
  expect([first.view.getSnapshot(), second.view.getSnapshot()]).toEqual([1, undefined]);
  vi.advanceTimersByTime(FRAME);
  expect([first.view.getSnapshot(), second.view.getSnapshot()]).toEqual([2, 3]);
  first.stop();
  second.stop();
});

it("follows the store while it has listeners, and has its newest value without them", async () => {
  const { store, view, shown, stop } = await viewed("k");
  const other = view.subscribe(() => {});
  await arrive("k", 1);
  await arrive("k", 2);
  stop();
  stop();
  expect(view.getSnapshot()).toBe(1);
  const timers = vi.getTimerCount();
  other();
  // The frame's timer has gone, the store's has come, which stops it after this task.
  expect(vi.getTimerCount()).toBe(timers);
  expect(view.getSnapshot()).toBe(2);
  store.setStateOptimistic(3);
  vi.advanceTimersByTime(20);
  expect([view.getSnapshot(), shown]).toEqual([3, [1]]);
});

it("stops following a store of another kind once, however often a listener is removed", () => {
  let [started, stopped] = [0, 0];
  const store = {
    getSnapshot: () => 1,
    subscribe() {
      started++;
      return () => {
        stopped++;
      };
    },
  };
  const undo = perFrame(page.db, store).subscribe(() => {});
  undo();
  undo();
  expect([started, stopped]).toEqual([1, 1]);
});

it("shows the store's value to a first listener that is added while a message arrives", async () => {
  page.open();
  const store = new StateListener<number>({ db: page.db, key: "k" });
  store.subscribe(() => {});
  const shown: unknown[] = [];
  page.db.subscribe("k", () => perFrame(page.db, store).subscribe((value) => shown.push(value)));
  room.flow();
  await arrive("k", 1);
  expect(shown[0]).toBe(1);
  store.destroy();
});

it("logs what a listener throws, and calls the others", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const { view, shown, stop } = await viewed("k");
  const error = new Error("thrown by a listener");
  const undo = [
    view.subscribe((value) => {
      if (value) throw error;
    }),
    view.subscribe((value) => shown.push(value)),
  ];
  shown.length = 0;
  await arrive("k", 1);
  expect(shown).toEqual([1, 1]);
  expect(log.mock.calls).toEqual([[error]]);
  for (const end of [stop, ...undo]) end();
  log.mockRestore();
});

it("lets a reducer with pending actions reduce once a frame, instead of once a task", async () => {
  const { stop } = await viewed("k");
  await arrive("k", 1);
  let reduced = 0;
  const sum = new Reducer<number, number>({
    db: page.db,
    key: "sum",
    initialValue: 0,
    reducer: (total, n) => {
      reduced++;
      return total + n;
    },
  });
  const seen: number[] = [];
  const undo = sum.subscribe((total) => seen.push(total));
  room.flow();
  sum.dispatch(100);
  reduced = 0;
  for (const apply of [1, 2, 3]) {
    room.push("sum", { apply, i: "x", m: apply });
    room.deliver(page.socket);
    await turn();
  }
  expect([reduced, seen]).toEqual([3, [0, 100]]);
  vi.advanceTimersByTime(FRAME);
  expect([reduced, seen]).toEqual([4, [0, 100, 106]]);
  undo();
  stop();
  room.flow();
});

it("lets a message list show once a frame, instead of once a task", async () => {
  const { stop } = await viewed("k");
  await arrive("k", 1);
  const shown: number[] = [];
  const list = new MessageList<number>({
    db: page.db,
    key: "list",
    callback: (messages) => shown.push(messages.length),
  });
  const undo = list.subscribe(() => {});
  room.flow();
  for (const n of [1, 2, 3]) {
    room.push("list", n);
    room.flow();
    await turn();
  }
  expect(shown).toEqual([]);
  vi.advanceTimersByTime(FRAME);
  expect(shown).toEqual([3]);
  undo();
  stop();
});

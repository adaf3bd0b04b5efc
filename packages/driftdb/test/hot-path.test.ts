import { expect, it, vi } from "vitest";
import type { Listener } from "../src/connection/listener.js";
import { MessageList } from "../src/stores/message-list.js";
import { Reducer } from "../src/stores/reducer.js";
import { StateListener } from "../src/stores/state-listener.js";
import { ModelRoom } from "./model-room.js";
import { eachWithOnePage, page, room } from "./one-page.js";
import { append, MODEL_URL, turn } from "./page.js";

// What the work of one message is, in counts, which no machine is too slow for. Other tests say that it is
// right.

const MANY = 1_000;
const numbers = Array.from({ length: MANY }, (_, i) => i);

eachWithOnePage();

/** Lets the page read all that is on its way down, in one turn, and nothing of its own get up. */
function readAll(): void {
  while (page.socket.down.length) room.deliver(page.socket);
}

function counter() {
  const add = vi.fn((sum: number, n: number) => sum + n);
  const told = vi.fn();
  const store = new Reducer<number, number>({
    db: page.db,
    key: "k",
    reducer: add,
    initialValue: 0,
    sizeThreshold: Number.POSITIVE_INFINITY,
    callback: told,
  });
  return { store, add, told };
}

const theirs = () => room.push("k", { apply: 1, i: "x", m: 1 });

it("applies pending own actions on top of a burst of others' once, and calls listeners once", async () => {
  const { store, add, told } = counter();
  store.subscribe();
  page.open();
  for (const _ of numbers) store.dispatch(1);
  for (const _ of numbers) theirs();
  add.mockClear();
  told.mockClear();
  readAll();
  expect(add).toHaveBeenCalledTimes(MANY);
  await turn();
  expect(add).toHaveBeenCalledTimes(2 * MANY);
  expect(told.mock.calls).toEqual([[2 * MANY]]);
  room.flow();
  await turn();
  // Those that come back are what the view has them for.
  expect(add).toHaveBeenCalledTimes(2 * MANY);
  expect(store.getSnapshot()).toBe(2 * MANY);
});

it("returns the newest state before listeners are called, and calls them all the same", async () => {
  const { store, told } = counter();
  store.subscribe();
  page.open();
  store.dispatch(1);
  theirs();
  readAll();
  told.mockClear();
  expect([store.getSnapshot(), told.mock.calls]).toEqual([2, []]);
  await turn();
  expect(told.mock.calls).toEqual([[2]]);
});

it("calls the reducer once for each own action, and not again when it comes back", () => {
  const { store, add } = counter();
  store.subscribe();
  page.open();
  for (const _ of numbers) {
    store.dispatch(1);
    room.flow();
  }
  expect(add).toHaveBeenCalledTimes(MANY);
});

it("moves pending actions of a reducer without subscribers to another room in linear time", async () => {
  const { store, add } = counter();
  page.open();
  for (const _ of numbers) store.dispatch(1);
  add.mockClear();
  room.others.set("ws://model/room/s/connect", new ModelRoom());
  void page.db.connect(MODEL_URL.replace("/r/", "/s/"));
  await turn();
  expect(add.mock.calls.length).toBeLessThanOrEqual(MANY);
  expect(store.getSnapshot()).toBe(0);
});

it("folds a long history in one step, in every store", async () => {
  for (const n of numbers) room.push("k", { apply: 1, v: n, i: "x", m: 1 });
  const { store, add, told } = counter();
  const [value, list] = [vi.fn(), vi.fn()];
  store.subscribe();
  new StateListener({ db: page.db, key: "k", callback: value }).subscribe();
  new MessageList({ db: page.db, key: "k", callback: list }).subscribe();
  page.open();
  await turn();
  expect(add).toHaveBeenCalledTimes(MANY);
  expect(told.mock.calls).toEqual([[MANY]]);
  expect(value.mock.calls).toEqual([[MANY - 1]]);
  expect(list).toHaveBeenCalledTimes(1);
});

it("parses each message that arrives once, and encodes each message that is sent once", () => {
  new StateListener({ db: page.db, key: "k" }).subscribe();
  page.open();
  for (const n of numbers) room.push("k", { v: n }, "replace");
  const [parse, stringify] = [vi.spyOn(JSON, "parse"), vi.spyOn(JSON, "stringify")];
  try {
    readAll();
    expect([parse.mock.calls.length, stringify.mock.calls.length]).toEqual([MANY, 0]);
    for (const n of numbers) void page.db.send(append("k", n));
    expect([parse.mock.calls.length, stringify.mock.calls.length]).toEqual([MANY, MANY]);
  } finally {
    parse.mockRestore();
    stringify.mockRestore();
  }
});

it("starts no timer for a message: in a browser, the timer takes longer than the message", () => {
  const told = vi.fn();
  page.db.subscribe("k", told);
  page.open();
  const timers = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "clearTimeout")];
  for (const _ of numbers) theirs();
  readAll();
  expect(told).toHaveBeenCalledTimes(MANY);
  expect(timers.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  for (const timer of timers) timer.mockRestore();
});

it("touches no listener of another key, however many there are", () => {
  let touched = 0;
  const touch = () => {
    touched++;
  };
  const watched = () =>
    new Proxy<Listener>(
      { replay: false, deliver: touch },
      {
        get(target, name, receiver) {
          touch();
          return Reflect.get(target, name, receiver);
        },
      },
    );
  for (let i = 0; i < 10_000; i++) page.db.session.subscribe(`other ${i}`, watched());
  const got = vi.fn();
  page.db.subscribe("k", got);
  page.open();
  for (const n of numbers) room.push("k", n);
  touched = 0;
  const steps = countSteps(readAll);
  expect(got).toHaveBeenCalledTimes(MANY);
  expect(touched).toBe(0);
  expect(steps).toBeLessThan(20 * MANY);
});

/** How many items of Sets and Maps a function goes through. */
function countSteps(call: () => void): number {
  let steps = 0;
  const undo = [new Set(), new Map()].map((collection) => {
    const iterators = Object.getPrototypeOf(collection[Symbol.iterator]());
    const { next } = iterators;
    iterators.next = function () {
      steps++;
      return next.call(this);
    };
    return () => {
      iterators.next = next;
    };
  });
  try {
    call();
  } finally {
    for (const restore of undo) restore();
  }
  return steps;
}

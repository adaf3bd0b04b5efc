import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { MODEL_URL, Page, useModelTime } from "../../test/page.js";
import { Reducer } from "./reducer.js";

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

type State = readonly string[];
type Parse<T> = (value: unknown) => T;

/**
 * A page that folds the key `k` to the list of its actions. The action "throw" is one that the reducer cannot
 * do.
 */
function folder(options: { sizeThreshold?: number; parse?: Parse<string>; parseState?: Parse<State> } = {}) {
  const page = new Page(room);
  void page.db.connect(MODEL_URL);
  pages.push(page);
  const shown: State[] = [];
  const reducer = vi.fn((state: State, action: string): State => {
    if (action === "throw") throw new Error("cannot");
    // Frozen: nothing may be changed that was given out.
    return Object.freeze([...state, action]);
  });
  const store = new Reducer<State, string>({
    db: page.db,
    key: "k",
    reducer,
    initialValue: Object.freeze([]) as State,
    callback: (state) => shown.push(state),
    ...options,
  });
  store.subscribe();
  return { page, store, reducer, shown, view: () => [...store.getSnapshot()] };
}

const theirs = (action: string) => room.push("k", { apply: action, i: "x", m: 1 });
const compactions = () => room.received.filter((m) => m.type === "push" && m.action.type === "compact");

describe("the view", () => {
  it("is the initial value, then the folded history, in one step", () => {
    theirs("a");
    // 1.0.12 sends no m.
    room.push("k", { apply: "b", i: "y" });
    const { view, shown } = folder();
    expect(view()).toEqual([]);
    room.flow();
    expect(view()).toEqual(["a", "b"]);
    expect(shown.length).toBe(1);
  });

  it("has own actions immediately, and keeps its identity when they are confirmed", () => {
    const { store, reducer, shown } = folder();
    room.flow();
    for (const action of ["a", "b", "c"]) store.dispatch(action);
    const view = store.getSnapshot();
    const calls = reducer.mock.calls.length;
    room.flow();
    expect(store.getSnapshot()).toBe(view);
    expect(reducer.mock.calls.length).toBe(calls);
    expect(shown.length).toBe(3);
    expect(room.stream("k").length).toBe(3);
  });

  it("reaches listeners although code has read it in the middle of a history", () => {
    const { store, page, shown } = folder();
    const seen: unknown[] = [];
    page.db.errorListener.addListener(() => seen.push([...store.getSnapshot()]));
    theirs("a");
    theirs("throw");
    room.flow();
    expect([seen, shown]).toEqual([[["a"]], [["a"]]]);
    page.reconnect();
    theirs("b");
    room.push("k", "of another kind");
    page.socket.open();
    room.flow();
    expect([seen.at(-1), shown.slice(1)]).toEqual([["a", "b"], [["a", "b"]]]);
  });

  it("keeps unconfirmed actions on top of a remote one that lands first", () => {
    const { store, view, page } = folder();
    room.flow();
    store.dispatch("mine");
    theirs("theirs");
    room.deliver(page.socket);
    expect(view()).toEqual(["theirs", "mine"]);
    room.flow();
    expect(view()).toEqual(["theirs", "mine"]);
  });

  it("is the same in all clients, in the server's order", () => {
    const a = folder();
    const b = folder();
    room.flow();
    for (let i = 0; i < 5; i++) {
      a.store.dispatch(`a${i}`);
      b.store.dispatch(`b${i}`);
    }
    room.flow();
    expect(a.view()).toEqual(b.view());
    expect(a.view().length).toBe(10);
  });

  it("starts from a snapshot, with what follows it on top", () => {
    theirs("a");
    theirs("b");
    room.compact("k", 2, { reset: ["a", "b"] });
    theirs("c");
    const { view, reducer } = folder();
    room.flow();
    expect(view()).toEqual(["a", "b", "c"]);
    expect(reducer).toHaveBeenCalledTimes(1);
  });

  it("starts over at a replacement, as for a client that joins later", () => {
    const before = folder();
    room.flow();
    theirs("a");
    room.push("k", { apply: "b", i: "x" }, "replace");
    theirs("c");
    room.flow();
    const after = folder();
    room.flow();
    expect([before.view(), after.view()]).toEqual([
      ["b", "c"],
      ["b", "c"],
    ]);
  });

  it("takes over a snapshot that has swallowed missed actions, with pending actions on top", () => {
    const { store, view, page } = folder();
    room.flow();
    theirs("a");
    room.flow();
    page.socket.cut();
    const seq = theirs("b");
    room.compact("k", seq, { reset: ["a", "b"] });
    store.dispatch("mine");
    expect(view()).toEqual(["a", "mine"]);
    page.redial();
    room.flow();
    expect(view()).toEqual(["a", "b", "mine"]);
  });

  it("applies an action once that arrived before a snapshot swallowed it with a later one", () => {
    const { store, view, page } = folder();
    room.flow();
    store.dispatch("a");
    store.dispatch("b");
    page.socket.cut(1);
    room.compact("k", 1, { reset: ["a"] });
    page.redial();
    room.flow();
    expect(view()).toEqual(["a", "b"]);
    expect(room.history.length).toBe(2);
  });

  it("drops an action that the server refuses", () => {
    const { store, view, page } = folder();
    room.flow();
    room.refuses = (message) => JSON.stringify(message).includes('"no"');
    for (const action of ["yes", "no", "also"]) store.dispatch(action);
    expect(view()).toEqual(["yes", "no", "also"]);
    room.flow();
    expect(view()).toEqual(["yes", "also"]);
    expect(page.errors).toEqual([expect.objectContaining({ code: "too_much" })]);
    store.dispatch("more");
    room.flow();
    expect(view()).toEqual(["yes", "also", "more"]);
  });

  it("skips a remote action for which the reducer throws, and reports it", () => {
    const { view, page } = folder();
    theirs("a");
    theirs("throw");
    theirs("b");
    room.flow();
    expect(view()).toEqual(["a", "b"]);
    expect(page.errors).toEqual([expect.objectContaining({ message: "cannot" })]);
  });

  it("starts over in another room", () => {
    const { store, view, page } = folder();
    theirs("a");
    room.flow();
    store.dispatch("for here");
    void page.db.connect("ws://model/room/other/connect");
    expect(view()).toEqual([]);
    page.socket.open();
    expect(page.socket.up.filter((frame) => frame.includes("push"))).toEqual([]);
  });
});

describe("dispatch", () => {
  it("throws what the reducer throws, and sends nothing", () => {
    const { store, view } = folder();
    room.flow();
    expect(() => store.dispatch("throw")).toThrow("cannot");
    room.flow();
    expect(room.history).toEqual([]);
    expect(view()).toEqual([]);
  });

  it("refuses an undefined action, and an undefined state", () => {
    const page = new Page(room);
    void page.db.connect(MODEL_URL);
    pages.push(page);
    const store = new Reducer<number, unknown>({
      db: page.db,
      key: "k",
      reducer: () => undefined as unknown as number,
      initialValue: 0,
    });
    expect(() => store.dispatch(undefined)).toThrow(expect.objectContaining({ code: "undefined_value" }));
    expect(() => store.dispatch(1)).toThrow(expect.objectContaining({ code: "undefined_value" }));
    expect(() => store.dispatch(Number.NaN)).toThrow();
    room.flow();
    expect(room.history).toEqual([]);
  });

  it("works before the history has arrived, and without subscribe()", () => {
    theirs("a");
    const { store, view } = folder();
    store.dispatch("b");
    expect(view()).toEqual(["b"]);
    room.flow();
    expect(view()).toEqual(["a", "b"]);
    store.destroy();
    store.dispatch("c");
    theirs("d");
    room.flow();
    expect(view()).toEqual(["a", "b", "c"]);
    store.subscribe();
    room.flow();
    const order = room.history.map(({ value }) => (value as { apply: string }).apply);
    expect(view()).toEqual(order);
  });

  it("queues without a connection", () => {
    const { store, view, page } = folder();
    room.flow();
    page.socket.cut();
    store.dispatch("a");
    store.dispatch("b");
    theirs("c");
    page.redial();
    room.flow();
    expect(view()).toEqual(["c", "a", "b"]);
  });
});

describe("compaction (M4, S8)", () => {
  it("sends a handful for 200 dispatches in a tick, and keeps the state", () => {
    const { store, view } = folder();
    room.flow();
    for (let i = 0; i < 200; i++) store.dispatch(String(i));
    for (let i = 0; i < 20; i++) {
      room.flow();
      vi.advanceTimersByTime(1_000);
    }
    expect(compactions().length).toBeGreaterThan(0);
    expect(compactions().length).toBeLessThanOrEqual(3);
    expect(room.stream("k").length).toBe(1);
    expect(room.stream("k")[0]?.value).toEqual({ reset: view() });
    const late = folder();
    room.flow();
    expect(late.view()).toEqual(view());
  });

  it("waits for more than sizeThreshold messages", () => {
    const { store } = folder({ sizeThreshold: 3 });
    room.flow();
    const step = () => {
      store.dispatch("a");
      room.flow();
      vi.advanceTimersByTime(1_000);
      room.flow();
    };
    for (let i = 0; i < 3; i++) step();
    expect(compactions()).toEqual([]);
    step();
    expect(compactions().length).toBe(1);
  });

  it("waits until the last one is acknowledged, and ignores sizes from before it", () => {
    const { store, page } = folder();
    room.flow();
    for (let i = 0; i < 100; i++) store.dispatch(String(i));
    while (page.socket.up.length > 0) room.receive(page.socket);
    while (page.socket.down.length > 0) {
      room.deliver(page.socket);
      vi.advanceTimersByTime(1_000);
    }
    room.flow();
    expect(compactions().length).toBe(1);
  });

  it("is followed by another if enough messages arrived in the meantime", () => {
    const { store, page } = folder({ sizeThreshold: 3 });
    room.flow();
    for (let i = 0; i < 4; i++) store.dispatch(String(i));
    room.flow();
    vi.advanceTimersByTime(1_000);
    for (let i = 0; i < 10; i++) store.dispatch(String(i));
    while (page.socket.up.length > 0) room.receive(page.socket);
    // As of one commit: sizes come before the acks.
    const isAck = (frame: string) => Number(frame.includes('"type":"ack"'));
    page.socket.down.sort((a, b) => isAck(a) - isAck(b));
    room.flow();
    expect(compactions().length).toBe(1);
    vi.advanceTimersByTime(1_000);
    room.flow();
    expect(compactions().length).toBe(2);
    expect(room.stream("k").length).toBe(1);
  });

  it("is never sent twice for the same seq", () => {
    const { store, page } = folder({ sizeThreshold: 2 });
    room.flow();
    for (let i = 0; i < 3; i++) store.dispatch(String(i));
    for (let i = 0; i < 3; i++) {
      room.flow();
      vi.advanceTimersByTime(1_000);
      room.flow();
      page.socket.onmessage?.({ data: '{"type":"stream_size","key":"k","size":99}' });
    }
    expect(compactions().length).toBe(1);
  });

  it("does not wait when it is urgent: the newest author sends it immediately", () => {
    const { store } = folder({ sizeThreshold: 2 });
    room.flow();
    for (let i = 0; i < 100; i++) store.dispatch(String(i));
    room.flow();
    expect(compactions()).toEqual([]);
    store.dispatch("one more");
    room.flow();
    expect(compactions().length).toBe(1);
  });

  it("is urgent at 1,500 messages at the latest, and not before the threshold", () => {
    const { store } = folder({ sizeThreshold: 1_600 });
    room.flow();
    for (let i = 0; i < 1_600; i++) theirs(String(i));
    room.flow();
    expect(compactions()).toEqual([]);
    store.dispatch("mine");
    room.flow();
    expect(compactions().length).toBe(1);
  });

  it("may come from any client when it is urgent, with a probability that grows with the stream", () => {
    const random = vi.spyOn(Math, "random");
    const { page } = folder({ sizeThreshold: 2 });
    room.flow();
    for (const action of ["x", "y"]) theirs(action);
    room.flow();
    const sized = (size: number) =>
      page.socket.onmessage?.({ data: `{"type":"stream_size","key":"k","size":${size}}` });
    for (const [urgency, chance] of [
      [0.9, 0],
      [1.1, 0.15],
      [3, 0.45],
    ] as const) {
      random.mockReturnValue(chance + 0.05);
      sized(100 * urgency);
      vi.advanceTimersByTime(1_000);
      room.flow();
      expect(compactions()).toEqual([]);
    }
    random.mockReturnValue(0.4);
    sized(300);
    room.flow();
    expect(compactions().length).toBe(1);
    random.mockRestore();
  });

  it("is not sent when another client was first", () => {
    const a = folder({ sizeThreshold: 3 });
    room.flow();
    for (let i = 0; i < 4; i++) a.store.dispatch(String(i));
    room.flow();
    room.compact("k", 4, { reset: ["0", "1", "2", "3"] });
    a.store.dispatch("4");
    room.flow();
    vi.advanceTimersByTime(1_000);
    room.flow();
    expect(compactions()).toEqual([]);
  });

  it("never swallows messages that this reducer does not know", () => {
    const { store, page } = folder({ sizeThreshold: 2 });
    room.push("k", { of: "a later version" });
    room.flow();
    for (let i = 0; i < 5; i++) store.dispatch(String(i));
    room.flow();
    vi.advanceTimersByTime(1_000);
    room.flow();
    expect(compactions()).toEqual([]);
    expect(page.errors).toEqual([expect.objectContaining({ code: "unknown_shape" })]);
  });

  it("never swallows a state that does not parse, until one arrives that does", () => {
    const parseState = (state: unknown): State => {
      if (!Array.isArray(state)) throw new Error("no list");
      return state;
    };
    const { store, view, page } = folder({ sizeThreshold: 2, parseState });
    room.flow();
    for (const action of ["a", "b", "c"]) store.dispatch(action);
    room.push("k", { reset: "none" });
    store.dispatch("d");
    room.flow();
    vi.advanceTimersByTime(1_000);
    room.flow();
    expect(view()).toEqual(["a", "b", "c", "d"]);
    expect(compactions()).toEqual([]);
    expect(page.errors).toEqual([new Error("no list")]);
    room.push("k", { reset: ["e"] });
    store.dispatch("f");
    room.flow();
    vi.advanceTimersByTime(1_000);
    room.flow();
    expect(view().slice(-1)).toEqual(["f"]);
    expect(compactions().length).toBe(1);
    expect(page.errors.length).toBe(1);
  });

  it("retries a state that is too large now and then, not after each action", () => {
    const { store, page } = folder({ sizeThreshold: 2 });
    room.flow();
    for (let i = 0; i < 4; i++) store.dispatch("x".repeat(400_000));
    for (let i = 0; i < 110; i++) store.dispatch(String(i));
    room.flow();
    expect(page.errors).toEqual([expect.objectContaining({ code: "too_large" })]);
    vi.advanceTimersByTime(1_000);
    expect(page.errors.length).toBe(2);
  });

  it("reports a state that is too large to be sent", () => {
    const { store, page } = folder({ sizeThreshold: 2 });
    room.flow();
    for (let i = 0; i < 4; i++) store.dispatch("x".repeat(400_000));
    room.flow();
    vi.advanceTimersByTime(1_000);
    expect(page.errors).toEqual([expect.objectContaining({ code: "too_large" })]);
  });
});

describe("a parse", () => {
  /** Doubles a number's text, so that what is parsed twice is seen. */
  const parse = (action: unknown): string => {
    if (typeof action !== "string") throw new Error("no text");
    return action + action;
  };

  it("passes its result for each action to the reducer, once; the room has the dispatched action", () => {
    const { store, view, page } = folder({ parse });
    room.flow();
    store.dispatch("a");
    theirs("x");
    store.dispatch("b");
    expect(view()).toEqual(["aa", "bb"]);
    room.flow();
    const actions = room.stream("k").map(({ value }) => (value as { apply: string }).apply);
    expect(actions).toEqual(["x", "a", "b"]);
    expect(view()).toEqual(["xx", "aa", "bb"]);
    expect(folder({ parse }).view()).toEqual([]);
    room.flow();
    expect(page.errors).toEqual([]);
  });

  it("skips a bad action of others with a report, and refuses an own one with an error", () => {
    const { store, view, page } = folder({ parse });
    theirs("x");
    room.push("k", { apply: 5, i: "x", m: 2 });
    theirs("y");
    room.flow();
    const error = new Error("no text");
    expect(page.errors).toEqual([error]);
    expect(() => store.dispatch(5 as unknown as string)).toThrow(error);
    expect(view()).toEqual(["xx", "yy"]);
    room.flow();
    expect(room.stream("k").length).toBe(3);
  });
});

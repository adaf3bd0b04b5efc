import type { SequenceValue } from "driftdb-protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { Page, useModelTime } from "../../test/page.js";

let room: ModelRoom;
let page: Page;

beforeEach(() => {
  useModelTime();
  room = new ModelRoom();
  page = new Page(room).open();
  room.flow();
});

afterEach(() => {
  page.db.disconnect();
  vi.useRealTimers();
});

/** The messages that a new listener receives. */
function listen(key = "k", options?: { replay?: boolean }) {
  const seen: SequenceValue[] = [];
  const undo = page.db.subscribe(key, (message) => seen.push(message), undefined, options);
  return { seen, undo, values: () => seen.map(({ value }) => value) };
}

const gets = () => room.received.flatMap((m) => (m.type === "get" ? [[m.key, m.seq ?? 0]] : []));

describe("a listener", () => {
  it("receives the history, then each new message, with value and seq only", () => {
    room.push("k", "a");
    const { seen } = listen();
    room.flow();
    room.push("k", "b");
    room.push("other", "c");
    room.push("k", "d", "relay");
    room.flow();
    expect(seen).toEqual([
      { value: "a", seq: 1 },
      { value: "b", seq: 2 },
      { value: "d", seq: 4 },
    ]);
  });

  it("receives a broadcast between its get and the answer once, with the answer", () => {
    const { values } = listen();
    room.push("k", "a");
    // The broadcast comes first, the get is read after it.
    room.deliver(page.socket);
    expect(values()).toEqual([]);
    room.flow();
    expect(values()).toEqual(["a"]);
  });

  it("that is late receives a history of its own, which the others do not see again", () => {
    room.push("k", "a");
    const first = listen();
    room.flow();
    const second = listen();
    room.push("k", "b");
    room.flow();
    expect(first.values()).toEqual(["a", "b"]);
    expect(second.values()).toEqual(["a", "b"]);
    expect(gets()).toEqual([
      ["k", 0],
      ["k", 0],
    ]);
  });

  it("shares another listener's unanswered get", () => {
    room.push("k", "a");
    const all = [listen(), listen(), listen()];
    room.flow();
    for (const { values } of all) expect(values()).toEqual(["a"]);
    expect(gets()).toEqual([["k", 0]]);
  });

  it("receives messages of any key, including the empty one and names of object members", () => {
    for (const key of ["", "__proto__", "constructor"]) {
      const { values } = listen(key);
      room.push(key, key || "empty");
      room.flow();
      expect(values()).toEqual([key || "empty"]);
    }
  });

  it("receives the size of the stream after an own push (P6)", () => {
    const sizes: number[] = [];
    page.db.subscribe(
      "k",
      () => {},
      (size) => sizes.push(size),
    );
    room.push("k", "theirs");
    page.db.send({ type: "push", key: "k", value: "mine", action: { type: "append" } });
    room.push("k", "theirs");
    room.flow();
    expect(sizes).toEqual([3]);
  });
});

describe("after a reconnect", () => {
  it("one get per key asks for the missed messages", () => {
    room.push("k", "a");
    const listeners = [listen(), listen(), listen("other")];
    room.flow();
    room.received.length = 0;
    page.socket.cut();
    room.push("k", "missed");
    page.redial();
    room.flow();
    expect(gets()).toEqual([
      ["k", 1],
      ["other", 0],
    ]);
    expect(listeners.map(({ values }) => values())).toEqual([["a", "missed"], ["a", "missed"], []]);
  });

  it("one get from the start serves new listeners, too", () => {
    room.push("k", "a");
    const old = listen();
    room.flow();
    room.received.length = 0;
    page.socket.cut();
    const late = listen();
    page.redial();
    room.flow();
    expect(gets()).toEqual([["k", 0]]);
    expect([old.values(), late.values()]).toEqual([["a"], ["a"]]);
  });

  it("messages that arrive before the answer wait for it, so that the order holds (I3)", () => {
    const { values } = listen();
    room.flow();
    page.socket.cut();
    room.push("k", "missed");
    page.redial();
    page.socket.open();
    room.push("k", "live");
    room.deliver(page.socket);
    expect(values()).toEqual([]);
    room.flow();
    expect(values()).toEqual(["missed", "live"]);
  });

  it("a snapshot arrives instead of the missed messages that it has swallowed", () => {
    const { seen } = listen();
    room.push("k", "a");
    room.flow();
    page.socket.cut();
    room.push("k", "b");
    room.push("k", "c");
    room.compact("k", 3, "a b c");
    page.redial();
    room.flow();
    expect(seen.at(-1)).toEqual({ value: "a b c", seq: 3 });
    expect(seen.length).toBe(2);
  });

  it("the client does not wait for an answer to an old get", () => {
    room.push("k", "a");
    const { values } = listen();
    page.reconnect();
    room.flow();
    const late = listen();
    room.flow();
    expect([values(), late.values()]).toEqual([["a"], ["a"]]);
  });
});

describe("the answer to a get", () => {
  it("does not count as the answer to the earlier get of a removed listener", () => {
    room.push("k", "a");
    room.push("k", "b");
    const { undo } = listen();
    room.flow();
    page.reconnect();
    room.push("k", "c");
    page.socket.open();
    // Its get from seq 2 is on the way.
    undo();
    const { values } = listen();
    room.flow();
    expect(values()).toEqual(["a", "b", "c"]);
  });

  it("is not expected when the get asked for nothing (P5)", () => {
    room.push("k", "a");
    page.db.send({ type: "get", key: "k", seq: null });
    const { values } = listen();
    room.flow();
    expect(values()).toEqual(["a"]);
  });
});

describe("without replay", () => {
  it("a listener receives no history, only messages after the server's answer", () => {
    room.push("k", "old");
    const { values } = listen("k", { replay: false });
    room.flow();
    room.push("k", "new");
    room.flow();
    expect(values()).toEqual(["new"]);
  });

  it("a listener receives missed messages after a reconnect", () => {
    for (const history of [[], ["old"]]) {
      for (const value of history) room.push("k", value);
      const { values, undo } = listen("k", { replay: false });
      room.flow();
      page.socket.cut();
      room.push("k", "missed");
      page.redial();
      room.flow();
      expect(values()).toEqual(["missed"]);
      undo();
    }
  });
});

describe("unsubscribing", () => {
  it("by the undo removes that listener, once", () => {
    const seen: unknown[] = [];
    const fn = ({ value }: SequenceValue) => seen.push(value);
    const undo = page.db.subscribe("k", fn);
    page.db.subscribe("k", fn);
    undo();
    undo();
    room.push("k", "a");
    room.flow();
    expect(seen).toEqual(["a"]);
  });

  it("by the function removes one listener: the one with the same sizeListener, if given", () => {
    const sizes: string[] = [];
    const fn = () => {};
    const [one, two] = [() => sizes.push("one"), () => sizes.push("two")];
    page.db.subscribe("k", fn, one);
    page.db.subscribe("k", fn, two);
    page.db.unsubscribe("k", fn, two);
    page.db.unsubscribe("other", fn);
    for (let i = 0; i < 2; i++) {
      page.db.send({ type: "push", key: "k", value: i, action: { type: "append" } });
    }
    room.flow();
    expect(sizes).toEqual(["one"]);
    page.db.unsubscribe("k", fn);
    page.db.send({ type: "push", key: "k", value: 3, action: { type: "append" } });
    room.flow();
    expect(sizes).toEqual(["one"]);
  });

  it("in the middle of a history takes effect immediately", () => {
    for (const value of ["a", "b", "c"]) room.push("k", value);
    const seen: unknown[] = [];
    const undo = page.db.subscribe("k", ({ value }) => {
      seen.push(value);
      if (value === "b") undo();
    });
    room.flow();
    expect(seen).toEqual(["a", "b"]);
  });

  it("another listener before its history takes effect immediately", () => {
    room.push("k", "a");
    let undo = () => {};
    page.db.subscribe("k", () => undo());
    const second = listen();
    undo = second.undo;
    room.flow();
    expect(second.values()).toEqual([]);
  });

  it("another listener during a delivery takes effect immediately, and so does subscribing", () => {
    const calls: unknown[] = [];
    let undo = () => {};
    page.db.subscribe("k", ({ value }) => {
      calls.push(["first", value]);
      undo();
      if (value === "a") page.db.subscribe("k", ({ value }) => calls.push(["new", value]));
    });
    undo = page.db.subscribe("k", ({ value }) => calls.push(["second", value]));
    room.flow();
    room.push("k", "a");
    room.flow();
    room.push("k", "b");
    room.flow();
    expect(calls).toEqual([
      ["first", "a"],
      ["new", "a"],
      ["first", "b"],
      ["new", "b"],
    ]);
  });

  it("of the last listener ends the subscription: a reconnect asks for nothing", () => {
    const { undo } = listen();
    room.flow();
    undo();
    room.received.length = 0;
    page.reconnect();
    room.flow();
    expect(gets()).toEqual([]);
  });

  it("and subscribing again replays the history, even before the first answer", () => {
    room.push("k", "a");
    const first = listen();
    first.undo();
    const second = listen();
    room.flow();
    second.undo();
    const third = listen();
    room.flow();
    expect([first.values(), second.values(), third.values()]).toEqual([[], ["a"], ["a"]]);
  });
});

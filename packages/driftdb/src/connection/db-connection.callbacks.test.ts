import { describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { append, MODEL_URL, turn, watch } from "../../test/page.js";
import { Reducer } from "../stores/reducer.js";
import { StateListener } from "../stores/state-listener.js";
import { DbConnection } from "./db-connection.js";

eachWithOnePage();

const OTHER_URL = "ws://model/room/other/connect";

/** Another room that can be gone to. */
function otherRoom(): ModelRoom {
  const other = new ModelRoom();
  room.others.set(OTHER_URL, other);
  return other;
}

/** Calls a function the first time that it is called. */
function once(call: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    call();
  };
}

describe("a listener that changes the connection", () => {
  it("goes to another room while a hello settles messages", () => {
    page.open();
    const other = otherRoom();
    room.refuses = ({ value }) => value === 1;
    void page.db.send(append("k", 1));
    void page.db.send(append("k", 2));
    page.db.errorListener.addListener(once(() => void page.db.connect(OTHER_URL)));
    page.socket.cut(2);
    page.redial();
    page.socket.open();
    room.flow();
    other.flow();
    expect(page.db.status.connected).toBe(true);
  });

  it("goes to another room during a history, which then ends", () => {
    const other = otherRoom();
    for (let i = 1; i <= 3; i++) room.push("k", `old${i}`);
    for (let i = 1; i <= 5; i++) other.push("k", `new${i}`);
    const seen: unknown[] = [];
    page.db.subscribe("k", ({ value }) => seen.push(value));
    const go = once(() => void page.db.connect(OTHER_URL));
    page.db.messageListener.addListener(({ type }) => type === "init" && go());
    page.open();
    room.flow();
    other.flow();
    expect(seen).toEqual(["new1", "new2", "new3", "new4", "new5"]);
  });

  it("goes to another room during its history, and replaces itself: the new listener receives that room's", () => {
    const other = otherRoom();
    room.push("k", "old");
    other.push("k", "new");
    const seen: unknown[] = [];
    const undo = page.db.subscribe("k", () => {
      undo();
      void page.db.connect(OTHER_URL);
      page.db.subscribe("k", ({ value }) => seen.push(value));
    });
    page.open();
    room.flow();
    other.flow();
    vi.advanceTimersByTime(1);
    expect(seen).toEqual(["new"]);
  });

  it("disconnects at a 4009, and no timer is left", () => {
    page.open();
    void page.db.send(append("k", 1));
    page.db.errorListener.addListener(() => page.db.disconnect());
    page.socket.end(4009);
    expect(page.db.status.reason).toBe("disconnected");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes to another room at a 4009, and the new dial has its full time", () => {
    otherRoom();
    page.open();
    void page.db.send(append("k", 1));
    page.db.errorListener.addListener(once(() => void page.db.connect(OTHER_URL)));
    page.socket.end(4009);
    const dialled = page.socket;
    vi.advanceTimersByTime(2_500);
    expect(page.socket).toBe(dialled);
  });

  it("disconnects while a hello settles messages, and no timer is left", () => {
    page.open();
    room.refuses = () => true;
    void page.db.send(append("k", 1));
    page.socket.cut(1);
    page.redial();
    page.db.errorListener.addListener(() => page.db.disconnect());
    page.socket.open();
    expect(page.db.status.reason).toBe("disconnected");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("connects while connect() changes rooms: no promise stays pending", async () => {
    page.open();
    let inner: { outcome: unknown } | undefined;
    page.db.statusListener.addListener(({ reason }) => {
      if (reason === "disconnected") inner ??= watch(page.db.connect(MODEL_URL));
    });
    const outer = watch(page.db.connect(OTHER_URL));
    room.flow();
    page.db.disconnect();
    await turn();
    await turn();
    expect(outer.outcome).not.toBe("pending");
    expect(inner?.outcome).toMatchObject({ code: "connection_disconnected" });
  });
});

it("no timer is left when the WebSocket cannot be created", () => {
  class Forbidden {
    constructor() {
      throw new Error("mixed content");
    }
  }
  const db = new DbConnection({ websocketConstructor: Forbidden as never });
  db.errorListener.addListener(() => {});
  void db.connect(MODEL_URL);
  expect(db.status.reason).toBe("refused");
  expect(vi.getTimerCount()).toBe(0);
});

it("an unsent message of the earlier room is no error of the new room", () => {
  page.open();
  const other = otherRoom();
  page.db.disconnect();
  void page.db.send(append("k", 1));
  void page.db.connect(OTHER_URL);
  other.flow();
  expect(page.db.sync.getSnapshot()).toMatchObject({ state: "synced", pending: 0 });
});

describe("a message that would be too large with its number", () => {
  /** Calls with shorter and shorter text, from one that is too long. */
  function longest(call: (text: string) => void): void {
    let [low, high] = [1_048_000, 1_048_576];
    while (high - low > 1) {
      const length = (low + high) >> 1;
      try {
        call("x".repeat(length));
        low = length;
      } catch {
        high = length;
      }
      room.flow();
      vi.advanceTimersByTime(5);
      room.flow();
    }
  }

  it("is not dispatched", () => {
    page.open();
    const reducer = new Reducer<number, string>({
      db: page.db,
      key: "k",
      reducer: (count) => count + 1,
      initialValue: 0,
      sizeThreshold: 1_000,
    });
    reducer.subscribe();
    room.flow();
    longest(reducer.dispatch);
    expect(room.values("k").length).toBeGreaterThan(0);
    expect(reducer.getSnapshot()).toBe(room.values("k").length);
    reducer.destroy();
    vi.advanceTimersByTime(1);
  });

  it("is not shared", () => {
    page.open();
    const state = new StateListener<string>({ db: page.db, key: "k", debounceMillis: 0 });
    state.subscribe();
    room.flow();
    longest(state.setStateOptimistic);
    room.push("k", { v: "other" }, "replace");
    room.flow();
    state.destroy();
    vi.advanceTimersByTime(1);
    expect(state.getSnapshot()).toBe("other");
  });
});

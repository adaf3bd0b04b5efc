import { beforeEach, describe, expect, it } from "vitest";
import { ModelRoom } from "../test/model-room.js";
import { eachWithOnePage, page, room } from "../test/one-page.js";
import { append, MODEL_URL, turn, watch } from "../test/page.js";

eachWithOnePage();

describe("a message that is in doubt when the socket is lost", () => {
  it("is sent again if it did not arrive, before what was queued", () => {
    page.open();
    page.db.send(append("k", "lost"));
    page.socket.cut();
    page.db.send(append("k", "queued"));
    page.redial();
    room.flow();
    expect(room.values("k")).toEqual(["lost", "queued"]);
  });

  it("is not sent again if it did, and its echo was lost", () => {
    page.open();
    page.db.send(append("k", "arrived"));
    page.reconnect(1);
    room.flow();
    expect(room.values("k")).toEqual(["arrived"]);
  });

  it("is not sent again if its echo came, and only the pong was lost", () => {
    page.open();
    const seen: unknown[] = [];
    page.db.subscribe("k", ({ value }) => seen.push(value));
    room.flow();
    page.db.send(append("k", "echoed"));
    const { socket } = page;
    room.receive(socket);
    room.deliver(socket);
    expect(seen).toEqual(["echoed"]);
    page.reconnect();
    room.flow();
    expect(room.values("k")).toEqual(["echoed"]);
    expect(seen).toEqual(["echoed"]);
  });

  it("is not sent again if one after it arrived: a socket keeps the order", () => {
    page.open();
    for (const value of [1, 2, 3]) {
      page.db.send({ type: "push", key: "k", value, action: { type: "replace" } });
    }
    // A ping goes after the first, so these are 1, ping, 2.
    page.reconnect(3);
    room.flow();
    expect(room.history.map((message) => message.value)).toEqual([1, 2, 3]);
    expect(room.values("k")).toEqual([3]);
  });

  it("is looked for under its own key, subscribed to or not", () => {
    page.open();
    for (const key of ["k", "l"]) page.db.send(append(key, "arrived"));
    page.reconnect(3);
    room.flow();
    expect([room.values("k"), room.values("l")]).toEqual([["arrived"], ["arrived"]]);
  });

  it("is told from an equal one that was there before", () => {
    room.push("k", "same");
    page.open();
    page.db.subscribe("k", () => {});
    room.flow();
    page.db.send(append("k", "same"));
    page.socket.cut();
    // This listener's history has the older one, too.
    page.db.subscribe("k", () => {});
    page.redial();
    room.flow();
    expect(room.values("k")).toEqual(["same", "same"]);
  });

  it("is sent again as often as it takes", () => {
    page.open();
    page.db.send(append("k", 1));
    page.db.send(append("k", 2));
    for (let i = 0; i < 3; i++) {
      page.reconnect();
      page.socket.open();
    }
    room.flow();
    expect(room.values("k")).toEqual([1, 2]);
  });

  it("is dropped if it is a relay", () => {
    page.open();
    page.db.send({ type: "push", key: "k", value: 1, action: { type: "relay" } });
    page.reconnect();
    room.flow();
    expect(room.history).toEqual([]);
  });

  it("holds up relays, too, which are dropped: order matters more", () => {
    page.open();
    page.db.send(append("k", "lost"));
    page.reconnect();
    page.socket.open();
    page.db.send({ type: "push", key: "k", value: "early", action: { type: "relay" } });
    room.flow();
    page.db.send({ type: "push", key: "k", value: "late", action: { type: "relay" } });
    room.flow();
    expect(room.history.map(({ value }) => value)).toEqual(["lost", "late"]);
  });
});

describe("another room", () => {
  const OTHER = "ws://model/room/other/connect";
  let other: ModelRoom;

  beforeEach(() => {
    other = new ModelRoom();
    room.others.set(OTHER, other);
  });

  it("is not told what was meant for the one before, and listeners start over", () => {
    const seen: unknown[] = [];
    room.push("k", "here");
    page.open();
    page.db.subscribe("k", ({ value, seq }) => seen.push([value, seq]));
    room.flow();
    page.db.send(append("k", "in doubt"));
    page.socket.cut();
    page.db.send(append("k", "queued"));

    other.push("k", "there");
    void page.db.connect(OTHER);
    other.flow();
    expect(seen).toEqual([
      ["here", 1],
      ["there", 1],
    ]);
    expect(other.history.length).toBe(1);
  });

  it("has seqs of its own, by which messages in doubt are recognised", () => {
    for (let i = 0; i < 5; i++) room.push("k", i);
    page.open();
    page.db.subscribe("k", () => {});
    room.flow();
    void page.db.connect(OTHER);
    other.flow();
    page.db.send(append("k", "arrived"));
    page.reconnect(1);
    other.flow();
    expect(other.values("k")).toEqual(["arrived"]);
  });

  it("ends the socket before, and its promise", async () => {
    const first = watch(page.db.connect(MODEL_URL));
    const second = watch(page.db.connect(OTHER));
    expect(room.sockets.map(({ state }) => state)).toEqual(["closed"]);
    other.flow();
    await turn();
    expect(first.outcome).toMatchObject({ code: "connection_disconnected" });
    expect(second.outcome).toEqual(["resolved", undefined]);
  });

  it("may be gone to in the middle of a history, of which nobody is given the rest", () => {
    for (const value of ["move", "on", "and on"]) room.push("k", value);
    for (const value of ["here", "now"]) other.push("k", value);
    page.open();
    const seen: unknown[] = [];
    page.db.subscribe("k", ({ value }) => {
      seen.push(["first", value]);
      if (value === "move") void page.db.connect(OTHER);
    });
    page.db.subscribe("k", ({ value }) => seen.push(["second", value]));
    room.flow();
    expect(seen).toEqual([["first", "move"]]);
    other.flow();
    expect(seen.slice(1)).toEqual([
      ["first", "here"],
      ["first", "now"],
      ["second", "here"],
      ["second", "now"],
    ]);
  });

  it("is not what another query leads to: nothing is given twice", () => {
    room.push("k", 1);
    page.open();
    const seen: unknown[] = [];
    page.db.subscribe("k", ({ value }) => seen.push(value));
    room.flow();
    void page.db.connect(`${MODEL_URL}?debug=true`);
    room.flow();
    room.push("k", 2);
    room.flow();
    expect(seen).toEqual([1, 2]);
  });
});

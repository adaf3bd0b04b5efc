import type { SessionMessageFromDb } from "driftdb-protocol";
import { describe, expect, it, vi } from "vitest";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { keyHolds } from "./key-holds.js";

eachWithOnePage();

/** What the room says. */
const say = (message: SessionMessageFromDb) => page.socket.onmessage?.({ data: JSON.stringify(message) });

const hold = (from: string, value: unknown, seq: number) => say({ type: "push", key: "k", value, seq, from });

const holds = (seq: number, ...pairs: unknown[]) => say({ type: "holds", key: "k", seq, holds: pairs });

/** A key that is looked at, with its history: who holds what, and how often that has changed. */
function watchKey() {
  page.open();
  const held = keyHolds(page.db, "k");
  const seen: string[] = [];
  const sees = () =>
    [...held.entries.values()].map(({ from, value, seq }) => `${from}=${value}@${seq}`).join(" ");
  const member = held.join(() => seen.push(sees()));
  room.flow();
  seen.length = 0;
  const asked = () => room.received.filter(({ type }) => type === "get").length;
  return { member, seen, sees, asked };
}

describe("the members of a key", () => {
  it("are called once for a change, even if each call sets another value", () => {
    page.open();
    const held = keyHolds(page.db, "k");
    let calls = 0;
    const member = held.join(() => {
      if (++calls < 1_000) member.set(calls);
    });
    room.flow();
    calls = 0;
    hold("a", 1, 10);
    expect(calls).toBe(1);
  });

  it("are not called for a change after they have left during it", () => {
    page.open();
    const held = keyHolds(page.db, "k");
    let calls = 0;
    held.join(() => second.leave());
    const second = held.join(() => void calls++);
    room.flow();
    calls = 0;
    hold("a", 1, 10);
    expect(calls).toBe(0);
  });
});

describe("D23 changed holds in one frame", () => {
  it("belong to the sessions of the earlier holds, in the frame or before, and cause one notification", () => {
    const { seen, asked } = watchKey();
    hold("a", 1, 10);
    hold("b", 1, 12);
    seen.length = 0;
    holds(13, 3, 2, 1, 3, 3, 2);
    expect(seen).toEqual(["a=3@14 b=2@15"]);
    holds(20, 6, 4, 6, 3);
    expect(seen.slice(1)).toEqual(["a=4@20 b=3@21"]);
    room.flow();
    expect(asked()).toBe(1);
  });

  it("build on the holds of an init", () => {
    const { seen } = watchKey();
    const held = [{ from: "a", value: 1, seq: 4 }];
    say({ type: "init", key: "k", data: [], head: 7, held });
    holds(8, 4, 2);
    expect(seen).toEqual(["a=1@4", "a=2@8"]);
  });

  it("reach messageListener as single pushes, for as long as it is connected", () => {
    watchKey();
    hold("a", 1, 10);
    const frames: unknown[] = [];
    page.db.messageListener.addListener((message) => {
      frames.push(message);
      if (frames.length === 3) page.db.disconnect();
    });
    say({ type: "holds", key: "nobody looks at it", seq: 11, holds: [5, null] });
    holds(12, 2, { x: 1 }, 1, 2, 1, 3);
    expect(frames).toEqual([
      { type: "push", key: "nobody looks at it", value: null, seq: 11 },
      { type: "push", key: "k", value: { x: 1 }, seq: 12, from: "a" },
      { type: "push", key: "k", value: 2, seq: 13, from: "a" },
    ]);
  });

  it("of this session are known after it has released its hold, until the room confirms the release", async () => {
    const { member, sees, asked } = watchKey();
    member.set(1);
    hold("you", 1, 10);
    vi.advanceTimersByTime(1);
    member.set(undefined);
    expect(sees()).toBe("");
    holds(11, 1, 2, 1, 3);
    expect(sees()).toBe("you=3@12");
    say({ type: "release", key: "k", from: "you", seq: 13 });
    expect(sees()).toBe("");
    room.flow();
    expect(asked()).toBe(1);
    member.leave();
    await vi.advanceTimersByTimeAsync(1);
  });

  it("of unknown sessions are asked for, once, and the others apply", () => {
    const { seen, asked } = watchKey();
    hold("a", 1, 10);
    seen.length = 0;
    holds(11, 4, "whose?", 2, 2, 2, "whose?");
    expect(seen).toEqual(["a=2@12"]);
    holds(14, 1, "whose?");
    expect(page.socket.up.map((text) => JSON.parse(text).type)).toEqual(["get"]);
    const held = [{ from: "b", value: 1, seq: 14 }];
    say({ type: "init", key: "k", data: [], head: 14, held });
    holds(15, 1, 2);
    expect(seen.slice(-2)).toEqual(["b=1@14", "b=2@15"]);
    room.flow();
    expect(asked()).toBe(2);
  });

  it("of unknown sessions wait for the init that is on its way", () => {
    const { sees, asked } = watchKey();
    hold("a", 1, 10);
    page.reconnect();
    page.socket.open();
    holds(13, 2, "whose?", 4, 2);
    expect(sees()).toBe("a=2@14");
    room.flow();
    // Each connection has asked for it once.
    expect(asked()).toBe(2);
  });

  it("do not belong to sessions that had the same seq in an earlier life of the server", () => {
    const { member, sees } = watchKey();
    hold("you", 1, 9);
    hold("a", 1, 10);
    room.term = "another";
    page.reconnect();
    page.socket.open();
    holds(11, 1, 2, 3, 2);
    expect(sees()).toBe("you=1@9 a=1@10");
    hold("b", 1, 10);
    holds(11, 1, 2);
    expect(sees()).toBe("you=1@9 a=1@10 b=2@11");
    member.leave();
    vi.advanceTimersByTime(1);
  });
});

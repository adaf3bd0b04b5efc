import type { Hello, SessionInit } from "driftdb-protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { ChangedHolds } from "../connection/listener.js";
import { Roster } from "./roster.js";

let roster: Roster;

const hello = (term: string, resumed = true) => ({ you: "me", term, resumed }) as Hello;

beforeEach(() => {
  roster = new Roster();
  roster.hello = hello("t");
});

const hold = (from: string, seq: number) => roster.take({ type: "push", key: "k", value: from, seq, from });
const release = (from: string, seq: number) => roster.take({ type: "release", key: "k", from, seq });
const init = (...held: [from: string, seq: number][]) =>
  roster.take({
    type: "init",
    key: "k",
    data: [],
    held: held.map(([from, seq]) => ({ from, seq, value: from })),
  } as unknown as SessionInit);

/** Changed holds from a seq on: how far back the hold before each one is. */
const changed = (seq: number, ...back: number[]) => {
  const pushes = back.map((_, i) => ({ type: "push", key: "k", value: "new", seq: seq + i }));
  const holds = back.flatMap((far) => [far, "new"]);
  return roster.take({ type: "holds", key: "k", seq, holds, pushes } as ChangedHolds);
};

const sees = () => [...roster.entries].map(([from, { seq }]) => `${from}@${seq}`).join(" ");

/** Another connection, after so many ms. */
function reconnect(next: Hello, away = 1): void {
  roster.reconnect(undefined, 1_000);
  roster.reconnect(undefined, 1_000 + away);
  roster.reconnect(next, 1_000 + away);
}

describe("S9 the holds of a key", () => {
  it("follow the room: holds, releases, and an init as a whole", () => {
    hold("a", 1);
    hold("b", 2);
    release("a", 3);
    expect(sees()).toBe("b@2");
    init(["c", 4], ["d", 5]);
    expect(sees()).toBe("c@4 d@5");
  });

  it("are sure of this session's hold once the room has named it on this connection", () => {
    hold("a", 1);
    expect(roster.isSure).toBe(false);
    hold("me", 2);
    expect(roster.isSure).toBe(true);
    reconnect(hello("t"));
    expect([roster.isSure, sees()]).toEqual([false, "a@1 me@2"]);
    release("me", 3);
    expect([roster.isSure, sees()]).toEqual([true, "a@1"]);
  });

  it.each<[string, Hello, number, string]>([
    ["stays where the session is resumed", hello("t"), 60_000, "a@1 me@2"],
    ["is gone where the same term says that the session has ended", hello("t", false), 1, "a@1"],
    ["stays in another term, which may not have heard of it yet", hello("t2", false), 15_000, "a@1 me@2"],
    ["is gone after the grace period", hello("t2", false), 15_001, "a@1"],
  ])("%s", (_, next, away, seen) => {
    hold("a", 1);
    hold("me", 2);
    reconnect(next, away);
    expect(sees()).toBe(seen);
  });
});

describe("S9 another term of the server", () => {
  beforeEach(() => {
    hold("a", 1);
    hold("b", 2);
    reconnect(hello("t2"));
  });

  it("keeps sessions that have not returned yet, until the grace period ends", () => {
    init(["a", 1]);
    expect(sees()).toBe("a@1 b@2");
    hold("c", 3);
    roster.expire();
    expect(sees()).toBe("a@1 c@3");
  });

  it("removes sessions of this term that an init lacks", () => {
    hold("a", 3);
    init(["c", 4]);
    expect(sees()).toBe("b@2 c@4");
    release("b", 5);
    expect(sees()).toBe("c@4");
  });
});

describe("D23 changed holds", () => {
  it("belong to the sessions of the earlier holds, in the frame or before", () => {
    init(["a", 10], ["b", 12]);
    expect(changed(13, 3, 2, 2)).toBe(false);
    expect(sees()).toBe("a@15 b@14");
  });

  it("of an unknown session cause one get, until an init arrives", () => {
    init(["a", 10]);
    expect(changed(20, 7)).toBe(true);
    expect(changed(21, 7, 12)).toBe(false);
    expect(sees()).toBe("a@22");
    init(["a", 22]);
    expect(changed(30, 5)).toBe(true);
  });

  it("cause no get while an init is on its way", () => {
    expect(changed(20, 7)).toBe(false);
  });

  it("of this session are known after it has released its hold, but not in another term", () => {
    init(["me", 10]);
    roster.entries.delete("me");
    expect(changed(11, 1)).toBe(false);
    expect(sees()).toBe("me@11");
    reconnect(hello("t2"));
    init();
    expect(changed(12, 1)).toBe(true);
  });
});

it("is empty in another room", () => {
  init(["a", 1]);
  roster.clear();
  expect([sees(), roster.stale.size]).toEqual(["", 0]);
  expect(changed(2, 1)).toBe(false);
});

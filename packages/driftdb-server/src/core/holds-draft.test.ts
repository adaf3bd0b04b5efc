import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sameText, type Text, text, UNLIMITED } from "../../test/core-room.js";
import { type Hold, Holds } from "./holds.js";
import { HoldsDraft } from "./holds-draft.js";
import type { RoomLimits } from "./limits.js";

/** A value of `size` bytes. Values with the same name are the same. */
const v = (name: string, size = 1): Text => text(name, size);

/** Bytes that each hold counts in addition to its value, with a key of one byte (D20). */
const OVERHEAD = 129;

/** A room's holds, and the draft of a turn that lands or is dropped. */
class Turns {
  readonly base = new Holds<Text>();
  readonly #limits: RoomLimits;
  #draft: HoldsDraft<Text> | undefined;

  constructor(limits: Partial<RoomLimits> = {}) {
    this.#limits = { ...UNLIMITED, ...limits };
  }

  get draft(): HoldsDraft<Text> {
    this.#draft ??= new HoldsDraft(this.base, this.#limits, sameText);
    return this.#draft;
  }

  /** Holds a value if the limits allow it. @returns the result of the check. */
  hold(from: string, key: string, value: Text, seq = 1): string {
    const verdict = this.draft.check(from, key, value);
    if (verdict === "new") this.draft.hold(key, { from, value, seq });
    return typeof verdict === "string" ? verdict : verdict.code;
  }

  release(from: string, key: string): boolean {
    return this.draft.release(from, key);
  }

  land(): void {
    this.draft.land();
    this.drop();
  }

  drop(): void {
    this.#draft = undefined;
  }
}

describe("HoldsDraft", () => {
  test("S9 lists the holds of a key, one per session, rising in seq", () => {
    const holds = new Turns();
    holds.hold("a", "k", v("1"), 1);
    holds.hold("b", "k", v("2"), 2);
    holds.hold("a", "other", v("3"), 3);
    // The hold of "a" is now the newest.
    holds.hold("a", "k", v("4"), 4);
    expect(holds.draft.of("k")).toEqual([
      { from: "b", value: v("2"), seq: 2 },
      { from: "a", value: v("4"), seq: 4 },
    ]);
    expect(holds.draft.of("other")).toEqual([{ from: "a", value: v("3"), seq: 3 }]);
    expect(holds.draft.of("nothing")).toEqual([]);
    expect(holds.draft.keysOf("a")).toEqual(["other", "k"]);
    expect(holds.draft.keysOf("nobody")).toEqual([]);
  });

  test("D23 returns the seq of the session's hold that a new one replaces, and none after a release", () => {
    const holds = new Turns();
    const was = (from: string, key: string, seq: number) =>
      holds.draft.hold(key, { from, value: v(`${seq}`), seq });
    expect(was("a", "k", 1)).toBe(undefined);
    expect(was("b", "k", 2)).toBe(undefined);
    expect(was("a", "other", 3)).toBe(undefined);
    expect(was("a", "k", 4)).toBe(1);
    holds.land();
    // No hold replaces the hold of a dropped turn.
    expect(was("a", "k", 5)).toBe(4);
    holds.drop();
    expect(was("a", "k", 6)).toBe(4);
    holds.release("b", "k");
    expect(was("b", "k", 8)).toBe(undefined);
  });

  test("S9 releases one hold and no other", () => {
    const holds = new Turns();
    holds.hold("a", "k", v("1"));
    holds.hold("a", "l", v("1"));
    holds.hold("b", "k", v("1"));
    expect(holds.release("a", "k")).toBe(true);
    expect(holds.draft.of("k").map(({ from }) => from)).toEqual(["b"]);
    expect(holds.draft.keysOf("a")).toEqual(["l"]);
    expect([holds.draft.has("a"), holds.draft.has("b")]).toEqual([true, true]);
    expect(holds.release("a", "l")).toBe(true);
    expect([holds.draft.has("a"), holds.draft.has("b")]).toEqual([false, true]);
  });

  test("S9 lists a session's keys in the order of its holds' seqs, across turns", () => {
    const holds = new Turns();
    holds.hold("b", "l", v("1"), 1);
    holds.hold("a", "k", v("1"), 2);
    holds.hold("a", "l", v("1"), 3);
    expect(holds.draft.keysOf("a")).toEqual(["k", "l"]);
    holds.land();
    expect(holds.draft.keysOf("a")).toEqual(["k", "l"]);
    holds.hold("a", "k", v("2"), 4);
    expect(holds.draft.keysOf("a")).toEqual(["l", "k"]);
    holds.release("a", "l");
    holds.hold("a", "l", v("2"), 6);
    expect(holds.draft.keysOf("a")).toEqual(["k", "l"]);
    holds.land();
    expect(holds.draft.keysOf("a")).toEqual(["k", "l"]);
  });

  test("D19 releases nothing where the session holds nothing", () => {
    const holds = new Turns();
    expect(holds.release("a", "k")).toBe(false);
    holds.hold("a", "k", v("1"));
    expect(holds.release("b", "k")).toBe(false);
    expect(holds.release("a", "l")).toBe(false);
    expect(holds.release("a", "k")).toBe(true);
    expect(holds.release("a", "k")).toBe(false);
  });

  test("D19 compares a value with the session's own hold of the key only", () => {
    const holds = new Turns();
    holds.hold("a", "k", v("1"));
    expect(holds.draft.check("a", "k", v("1"))).toBe("same");
    expect(holds.draft.check("a", "k", v("2"))).toBe("new");
    expect(holds.draft.check("a", "l", v("1"))).toBe("new");
    expect(holds.draft.check("b", "k", v("1"))).toBe("new");
    holds.release("a", "k");
    expect(holds.draft.check("a", "k", v("1"))).toBe("new");
  });

  test("D20 limits the keys of each session", () => {
    const holds = new Turns({ keys: 2 });
    expect(holds.hold("a", "1", v("x"))).toBe("new");
    expect(holds.hold("a", "2", v("x"))).toBe("new");
    expect(holds.hold("a", "3", v("x"))).toBe("too_many_keys");
    expect(holds.draft.of("3")).toEqual([]);
    expect(holds.hold("a", "2", v("y"))).toBe("new");
    expect(holds.hold("b", "3", v("x"))).toBe("new");
    holds.release("a", "1");
    expect(holds.hold("a", "3", v("x"))).toBe("new");
    expect(holds.hold("a", "1", v("x"))).toBe("too_many_keys");
  });

  test("D20 limits the bytes of a room, and counts the key and 128 more bytes for each hold", () => {
    const holds = new Turns({ bytesPerRoom: 2 * OVERHEAD + 20 });
    expect(holds.hold("a", "k", v("1", 10))).toBe("new");
    expect(holds.hold("b", "k", v("1", 11))).toBe("room_full");
    expect(holds.draft.check("b", "k", v("1", 11))).toEqual({
      code: "room_full",
      message: expect.any(String),
    });
    expect(holds.hold("b", "k", v("1", 10))).toBe("new");
    // Neither a larger hold nor another one fits.
    expect(holds.hold("a", "k", v("2", 11))).toBe("room_full");
    expect(holds.hold("c", "k", v("1", 0))).toBe("room_full");
    // The present holds stay, and may become smaller.
    expect(holds.draft.of("k").map(({ value }) => value.text)).toEqual(["1", "1"]);
    expect(holds.hold("a", "k", v("2", 10))).toBe("new");
    expect(holds.hold("a", "k", v("3", 9))).toBe("new");
    expect(holds.hold("b", "k", v("3", 12))).toBe("room_full");
    expect(holds.hold("b", "k", v("3", 11))).toBe("new");
    holds.release("b", "k");
    expect(holds.hold("c", "k", v("3", 12))).toBe("room_full");
    expect(holds.hold("c", "k", v("3", 11))).toBe("new");
  });

  test("D20 limits the bytes of all holds of a key, for each key separately", () => {
    const holds = new Turns({ bytesPerKey: 2 * OVERHEAD + 20 });
    expect(holds.hold("a", "k", v("1", 10))).toBe("new");
    expect(holds.hold("b", "k", v("1", 11))).toBe("stream_full");
    expect(holds.hold("b", "k", v("1", 10))).toBe("new");
    expect(holds.hold("a", "k", v("2", 11))).toBe("stream_full");
    expect(holds.hold("a", "l", v("2", 11))).toBe("new");
    expect(holds.hold("a", "k", v("2", 9))).toBe("new");
    expect(holds.hold("b", "k", v("2", 11))).toBe("new");
    holds.land();
    holds.release("b", "k");
    holds.drop();
    expect(holds.hold("c", "k", v("1", 0))).toBe("stream_full");
    holds.release("b", "k");
    expect(holds.hold("c", "k", v("1", 12))).toBe("stream_full");
    expect(holds.hold("c", "k", v("1", 11))).toBe("new");
  });

  test("D20 counts the bytes of a key, not its letters", () => {
    const holds = new Turns({ bytesPerRoom: 128 + 10 });
    expect(holds.hold("a", "schlüssel", v("1", 0))).toBe("new");
    expect(holds.hold("a", "schlüssel", v("2", 1))).toBe("room_full");
    holds.release("a", "schlüssel");
    expect(holds.hold("a", "schluessel", v("1", 1))).toBe("room_full");
    expect(holds.hold("a", "key", v("1", 7))).toBe("new");
  });

  test("D22 a dropped turn changes no holds", () => {
    const holds = new Turns({ keys: 2, bytesPerRoom: 3 * OVERHEAD + 30 });
    holds.hold("a", "k", v("1", 10), 1);
    holds.hold("a", "l", v("1", 10), 2);
    holds.land();
    holds.release("a", "l");
    holds.hold("a", "k", v("2", 1), 4);
    holds.hold("a", "k", v("3", 2), 5);
    holds.hold("b", "k", v("4", 1), 6);
    holds.release("a", "k");
    holds.hold("a", "m", v("5", 1), 8);
    holds.drop();
    expect(holds.draft.of("k")).toEqual([{ from: "a", value: v("1", 10), seq: 1 }]);
    expect(holds.draft.of("l")).toEqual([{ from: "a", value: v("1", 10), seq: 2 }]);
    expect(holds.draft.of("m")).toEqual([]);
    expect(new Set(holds.draft.keysOf("a"))).toEqual(new Set(["k", "l"]));
    expect(holds.draft.has("b")).toBe(false);
    // It changes no counts either.
    expect(holds.hold("a", "m", v("x"))).toBe("too_many_keys");
    expect(holds.hold("b", "m", v("x", 11))).toBe("room_full");
    expect(holds.hold("b", "m", v("x", 10))).toBe("new");
  });

  test("D22 a landed turn stays when a later one is dropped", () => {
    const holds = new Turns();
    holds.hold("a", "k", v("1"), 1);
    holds.land();
    holds.hold("a", "k", v("2"), 2);
    holds.drop();
    holds.drop();
    expect(holds.draft.of("k")).toEqual([{ from: "a", value: v("1"), seq: 1 }]);
    holds.hold("a", "k", v("3"), 3);
    holds.land();
    holds.drop();
    expect(holds.draft.of("k")).toEqual([{ from: "a", value: v("3"), seq: 3 }]);
  });

  test("does not change the room's holds before the turn lands", () => {
    const holds = new Turns();
    holds.hold("a", "k", v("1"), 1);
    holds.land();
    const draft = holds.draft;
    holds.hold("a", "k", v("2"), 2);
    holds.hold("b", "k", v("2"), 3);
    expect([...holds.base.of("k")]).toEqual([{ from: "a", value: v("1"), seq: 1 }]);
    expect(holds.base.bytes).toBe(OVERHEAD + 1);
    holds.release("a", "k");
    expect(holds.base.get("k", "a")).toEqual({ from: "a", value: v("1"), seq: 1 });
    expect(draft.get("k", "a")).toBeUndefined();
    holds.land();
    expect([...holds.base.of("k")]).toEqual([{ from: "b", value: v("2"), seq: 3 }]);
    expect(holds.base.bytes).toBe(OVERHEAD + 1);
  });

  test("D20 D22 has the same holds as a plain list after random turns, landed or dropped", () => {
    const key = fc.constantFrom("k", "l", "m");
    const from = fc.constantFrom("a", "b", "c");
    const change = fc.oneof(
      fc.record({ do: fc.constant("hold" as const), from, key, size: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ do: fc.constant("release" as const), from, key }),
    );
    const turn = fc.record({ changes: fc.array(change, { maxLength: 6 }), lands: fc.boolean() });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
        const limits = { keys: 2, bytesPerKey: 2 * OVERHEAD + 60, bytesPerRoom: 4 * OVERHEAD + 60 };
        const holds = new Turns(limits);
        let landed: readonly Held[] = [];
        let seq = 0;
        for (const { changes, lands } of turns) {
          let model = landed;
          for (const change of changes) {
            const { from, key } = change;
            const before = model.find((hold) => hold.from === from && hold.key === key);
            const others = model.filter((hold) => hold !== before);
            if (change.do === "release") {
              expect(holds.release(from, key)).toBe(before !== undefined);
              model = others;
            } else {
              const value = v(`${change.size}`, change.size);
              const hold = { key, from, value, seq: ++seq };
              const verdict = verdictOf(others, before, hold, limits);
              expect(holds.draft.check(from, key, value)).toEqual(verdict);
              if (verdict === "new") {
                expect(holds.draft.hold(key, { from, value, seq })).toBe(before?.seq);
                model = [...others, hold];
              }
            }
            expectHeld(holds.draft, model);
            expectBase(holds.base, landed);
          }
          if (lands) {
            holds.land();
            landed = model;
          } else holds.drop();
          expectHeld(holds.draft, landed);
          expectBase(holds.base, landed);
        }
      }),
      { numRuns: 200 },
    );
  });
});

interface Held extends Hold<Text> {
  readonly key: string;
}

const bytesOf = (held: readonly Held[]) => held.reduce((sum, { value }) => sum + value.size + OVERHEAD, 0);

/**
 * The expected result of `check`, from all other holds and the session's present hold of the key (D19, D20).
 */
function verdictOf(
  others: readonly Held[],
  before: Held | undefined,
  hold: Held,
  { keys, bytesPerKey, bytesPerRoom }: Pick<RoomLimits, "keys" | "bytesPerKey" | "bytesPerRoom">,
): unknown {
  if (before?.value.text === hold.value.text) return "same";
  const refused = (code: string) => ({ code, message: expect.any(String) });
  if (!before && others.filter(({ from }) => from === hold.from).length >= keys)
    return refused("too_many_keys");
  if (before && before.value.size >= hold.value.size) return "new";
  const ofKey = others.filter(({ key }) => key === hold.key);
  if (bytesOf([...ofKey, hold]) > bytesPerKey) return refused("stream_full");
  return bytesOf([...others, hold]) > bytesPerRoom ? refused("room_full") : "new";
}

const KEYS = ["k", "l", "m"];
const NAMES = ["a", "b", "c"];

const heldFor = (held: readonly Held[], key: string) =>
  held
    .filter((hold) => hold.key === key)
    .map(({ key: _, ...hold }) => hold)
    .sort((a, b) => a.seq - b.seq);

const keysHeldBy = (held: readonly Held[], from: string) =>
  held
    .filter((hold) => hold.from === from)
    .map(({ key }) => key)
    .sort();

function expectHeld(draft: HoldsDraft<Text>, held: readonly Held[]): void {
  for (const key of KEYS) expect(draft.of(key)).toEqual(heldFor(held, key));
  for (const from of NAMES) {
    expect(draft.keysOf(from).sort()).toEqual(keysHeldBy(held, from));
    expect(draft.has(from)).toBe(keysHeldBy(held, from).length > 0);
  }
}

function expectBase(base: Holds<Text>, held: readonly Held[]): void {
  expect(base.bytes).toBe(bytesOf(held));
  for (const key of KEYS) {
    expect([...base.of(key)].sort((a, b) => a.seq - b.seq)).toEqual(heldFor(held, key));
    expect(base.bytesOf(key)).toBe(bytesOf(held.filter((hold) => hold.key === key)));
  }
  for (const from of NAMES) expect([...base.keysOf(from)].sort()).toEqual(keysHeldBy(held, from));
}

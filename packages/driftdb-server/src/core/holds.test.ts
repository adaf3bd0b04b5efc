import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Holds } from "./holds.js";

/** A value of so many bytes, whose name says whether it is the same. */
interface Value {
  readonly name: string;
  readonly size: number;
}

const v = (name: string, size = 1): Value => ({ name, size });

/** What each hold counts beside its value, with a key of one byte (D20). */
const OVERHEAD = 129;

const UNLIMITED = { keys: 1e9, messagesPerKey: 1e9, bytesPerKey: 1e9, bytesPerRoom: 1e9 };

const newHolds = (limits: Partial<typeof UNLIMITED> = {}) =>
  new Holds<Value>({ ...UNLIMITED, ...limits }, (a, b) => a.name === b.name);

/** Holds it, if it may: and answers whether. */
function hold(holds: Holds<Value>, from: string, key: string, value: Value, seq = 1) {
  const verdict = holds.check(from, key, value);
  if (verdict === "new") holds.hold(key, { from, value, seq });
  return typeof verdict === "string" ? verdict : verdict.code;
}

describe("Holds", () => {
  test("S9 what is held for a key is that of each session, rising in seq", () => {
    const holds = newHolds();
    hold(holds, "a", "k", v("1"), 1);
    hold(holds, "b", "k", v("2"), 2);
    hold(holds, "a", "other", v("3"), 3);
    // Replaced: it is the newest now.
    hold(holds, "a", "k", v("4"), 4);
    expect(holds.of("k")).toEqual([
      { from: "b", value: v("2"), seq: 2 },
      { from: "a", value: v("4"), seq: 4 },
    ]);
    expect(holds.of("other")).toEqual([{ from: "a", value: v("3"), seq: 3 }]);
    expect(holds.of("nothing")).toEqual([]);
    expect(holds.keys("a")).toEqual(["k", "other"]);
    expect(holds.keys("nobody")).toEqual([]);
  });

  test("D23 a hold says which one it takes the place of, of the same session and key, and none after a release", () => {
    const holds = newHolds();
    const was = (from: string, key: string, seq: number) =>
      holds.hold(key, { from, value: v(`${seq}`), seq });
    expect(was("a", "k", 1)).toBe(undefined);
    expect(was("b", "k", 2)).toBe(undefined);
    expect(was("a", "other", 3)).toBe(undefined);
    expect(was("a", "k", 4)).toBe(1);
    holds.settle();
    // What was not committed was not told.
    expect(was("a", "k", 5)).toBe(4);
    holds.rollBack();
    expect(was("a", "k", 6)).toBe(4);
    holds.release("b", "k");
    expect(was("b", "k", 8)).toBe(undefined);
  });

  test("S9 what is released is gone, and nothing else", () => {
    const holds = newHolds();
    hold(holds, "a", "k", v("1"));
    hold(holds, "a", "l", v("1"));
    hold(holds, "b", "k", v("1"));
    expect(holds.release("a", "k")).toBe(true);
    expect(holds.of("k").map(({ from }) => from)).toEqual(["b"]);
    expect(holds.keys("a")).toEqual(["l"]);
    expect([holds.has("a"), holds.has("b")]).toEqual([true, true]);
    expect(holds.release("a", "l")).toBe(true);
    expect([holds.has("a"), holds.has("b")]).toEqual([false, true]);
  });

  test("D19 what is not held is not released", () => {
    const holds = newHolds();
    expect(holds.release("a", "k")).toBe(false);
    hold(holds, "a", "k", v("1"));
    expect(holds.release("b", "k")).toBe(false);
    expect(holds.release("a", "l")).toBe(false);
    expect(holds.release("a", "k")).toBe(true);
    expect(holds.release("a", "k")).toBe(false);
  });

  test("D19 the value that the session holds for the key is the same, and no other's", () => {
    const holds = newHolds();
    hold(holds, "a", "k", v("1"));
    expect(holds.check("a", "k", v("1"))).toBe("same");
    expect(holds.check("a", "k", v("2"))).toBe("new");
    expect(holds.check("a", "l", v("1"))).toBe("new");
    expect(holds.check("b", "k", v("1"))).toBe("new");
    holds.release("a", "k");
    expect(holds.check("a", "k", v("1"))).toBe("new");
  });

  test("D20 a session holds so many keys, and no more; another has its own", () => {
    const holds = newHolds({ keys: 2 });
    expect(hold(holds, "a", "1", v("x"))).toBe("new");
    expect(hold(holds, "a", "2", v("x"))).toBe("new");
    expect(hold(holds, "a", "3", v("x"))).toBe("too_many_keys");
    expect(holds.of("3")).toEqual([]);
    expect(hold(holds, "a", "2", v("y"))).toBe("new");
    expect(hold(holds, "b", "3", v("x"))).toBe("new");
    holds.release("a", "1");
    expect(hold(holds, "a", "3", v("x"))).toBe("new");
    expect(hold(holds, "a", "1", v("x"))).toBe("too_many_keys");
  });

  test("D20 a room holds so many bytes, to the byte, with those of its key and 128 for each hold", () => {
    const holds = newHolds({ bytesPerRoom: 2 * OVERHEAD + 20 });
    expect(hold(holds, "a", "k", v("1", 10))).toBe("new");
    expect(hold(holds, "b", "k", v("1", 11))).toBe("room_full");
    expect(holds.check("b", "k", v("1", 11))).toMatchObject({ type: "refused", message: expect.any(String) });
    expect(hold(holds, "b", "k", v("1", 10))).toBe("new");
    // Neither more, nor any more of them.
    expect(hold(holds, "a", "k", v("2", 11))).toBe("room_full");
    expect(hold(holds, "c", "k", v("1", 0))).toBe("room_full");
    // What is held already stays, and may become less.
    expect(holds.of("k").map(({ value }) => value.name)).toEqual(["1", "1"]);
    expect(hold(holds, "a", "k", v("2", 10))).toBe("new");
    expect(hold(holds, "a", "k", v("3", 9))).toBe("new");
    expect(hold(holds, "b", "k", v("3", 12))).toBe("room_full");
    expect(hold(holds, "b", "k", v("3", 11))).toBe("new");
    holds.release("b", "k");
    expect(hold(holds, "c", "k", v("3", 12))).toBe("room_full");
    expect(hold(holds, "c", "k", v("3", 11))).toBe("new");
  });

  test("D20 so many bytes are held for a key, to the byte, by all sessions, and others for another", () => {
    const holds = newHolds({ bytesPerKey: 2 * OVERHEAD + 20 });
    expect(hold(holds, "a", "k", v("1", 10))).toBe("new");
    expect(hold(holds, "b", "k", v("1", 11))).toBe("stream_full");
    expect(hold(holds, "b", "k", v("1", 10))).toBe("new");
    expect(hold(holds, "a", "k", v("2", 11))).toBe("stream_full");
    expect(hold(holds, "a", "l", v("2", 11))).toBe("new");
    expect(hold(holds, "a", "k", v("2", 9))).toBe("new");
    expect(hold(holds, "b", "k", v("2", 11))).toBe("new");
    holds.settle();
    holds.release("b", "k");
    holds.rollBack();
    expect(hold(holds, "c", "k", v("1", 0))).toBe("stream_full");
    holds.release("b", "k");
    expect(hold(holds, "c", "k", v("1", 12))).toBe("stream_full");
    expect(hold(holds, "c", "k", v("1", 11))).toBe("new");
  });

  test("D20 a key counts by its bytes", () => {
    const holds = newHolds({ bytesPerRoom: 128 + 10 });
    expect(hold(holds, "a", "schlüssel", v("1", 0))).toBe("new");
    expect(hold(holds, "a", "schlüssel", v("2", 1))).toBe("room_full");
    holds.release("a", "schlüssel");
    expect(hold(holds, "a", "schluessel", v("1", 1))).toBe("room_full");
    expect(hold(holds, "a", "key", v("1", 7))).toBe("new");
  });

  test("D22 what is rolled back was never held, nor released", () => {
    const holds = newHolds({ keys: 2, bytesPerRoom: 3 * OVERHEAD + 30 });
    hold(holds, "a", "k", v("1", 10), 1);
    hold(holds, "a", "l", v("1", 10), 2);
    holds.settle();
    holds.release("a", "l");
    hold(holds, "a", "k", v("2", 1), 4);
    hold(holds, "a", "k", v("3", 2), 5);
    hold(holds, "b", "k", v("4", 1), 6);
    holds.release("a", "k");
    hold(holds, "a", "m", v("5", 1), 8);
    holds.rollBack();
    expect(holds.of("k")).toEqual([{ from: "a", value: v("1", 10), seq: 1 }]);
    expect(holds.of("l")).toEqual([{ from: "a", value: v("1", 10), seq: 2 }]);
    expect(holds.of("m")).toEqual([]);
    expect(new Set(holds.keys("a"))).toEqual(new Set(["k", "l"]));
    expect(holds.has("b")).toBe(false);
    // Of what it counts, too, nothing is left.
    expect(hold(holds, "a", "m", v("x"))).toBe("too_many_keys");
    expect(hold(holds, "b", "m", v("x", 11))).toBe("room_full");
    expect(hold(holds, "b", "m", v("x", 10))).toBe("new");
  });

  test("D22 what was settled is not rolled back, nor anything twice", () => {
    const holds = newHolds();
    hold(holds, "a", "k", v("1"), 1);
    holds.settle();
    hold(holds, "a", "k", v("2"), 2);
    holds.rollBack();
    holds.rollBack();
    expect(holds.of("k")).toEqual([{ from: "a", value: v("1"), seq: 1 }]);
    hold(holds, "a", "k", v("3"), 3);
    holds.settle();
    holds.rollBack();
    expect(holds.of("k")).toEqual([{ from: "a", value: v("3"), seq: 3 }]);
  });

  test("D20 D22 after any changes, kept or not, it is as if only the kept ones had been made", () => {
    const key = fc.constantFrom("k", "l", "m");
    const from = fc.constantFrom("a", "b", "c");
    const change = fc.oneof(
      fc.record({ do: fc.constant("hold" as const), from, key, size: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ do: fc.constant("release" as const), from, key }),
    );
    const turn = fc.record({ changes: fc.array(change, { maxLength: 6 }), kept: fc.boolean() });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
        const limits = { keys: 2, bytesPerRoom: 4 * OVERHEAD + 60 };
        const [holds, only] = [newHolds(limits), newHolds(limits)];
        for (const { changes, kept } of turns) {
          for (const target of kept ? [holds, only] : [holds]) {
            for (const [i, change] of changes.entries()) {
              if (change.do === "release") target.release(change.from, change.key);
              else hold(target, change.from, change.key, v(`${change.size}`, change.size), i);
            }
          }
          if (kept) holds.settle();
          else holds.rollBack();
          for (const one of ["a", "b", "c"]) {
            expect(holds.has(one)).toBe(only.has(one));
            expect(holds.keys(one).sort()).toEqual(only.keys(one).sort());
          }
          const inAll = (target: Holds<Value>) => ["k", "l", "m"].flatMap((one) => target.of(one));
          const [held, wanted] = [inAll(holds), inAll(only)];
          expect(new Set(held)).toEqual(new Set(wanted));
          // The bytes that are left are those that are not held.
          const left = limits.bytesPerRoom - held.reduce((sum, { value }) => sum + value.size + OVERHEAD, 0);
          if (left < OVERHEAD) continue;
          expect(holds.check("d", "k", v("", left - OVERHEAD))).toBe("new");
          expect(holds.check("d", "k", v("", left - OVERHEAD + 1))).toMatchObject({ code: "room_full" });
        }
      }),
    );
  });
});

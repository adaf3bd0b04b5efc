import type { Action } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import { type Text, text } from "../../test/core-room.js";
import type { StreamChange } from "./commit.js";
import type { RoomLimits } from "./limits.js";
import { RoomState } from "./room-state.js";
import { type Applied, type Ineffective, StreamsDraft } from "./streams-draft.js";

const LIMITS: RoomLimits = { keys: 3, messagesPerKey: 5, bytesPerKey: 50, bytesPerRoom: 100 };

/** Streams of a room. Each push is a turn of its own, or all pushes are in one turn. */
class Streams {
  readonly state: RoomState<Text>;
  readonly #limits: RoomLimits;
  readonly #isTurnEach: boolean;
  readonly #stored: StreamChange<Text>[] = [];
  #draft: StreamsDraft<Text> | undefined;

  constructor(isTurnEach: boolean, limits: Partial<RoomLimits>, head: number) {
    this.#isTurnEach = isTurnEach;
    this.#limits = { ...LIMITS, ...limits };
    this.state = new RoomState("epoch", head);
  }

  get draft(): StreamsDraft<Text> {
    this.#draft ??= new StreamsDraft(this.state, this.#limits);
    return this.#draft;
  }

  /** The changes of stored rows, of all turns so far. */
  get changes(): StreamChange<Text>[] {
    return [...this.#stored, ...this.draft.changes()];
  }

  /** @throws {Error} with the code of the refusal. */
  push(key: string, value: string, action: Action | Action["type"]): Applied | Ineffective {
    const asAction = typeof action === "string" ? ({ type: action } as Action) : action;
    const pushed = this.draft.push(key, text(value), asAction);
    if (this.#isTurnEach) this.land();
    if (pushed.type === "refused") throw new Error(pushed.why.code);
    return pushed;
  }

  land(): void {
    this.#stored.push(...this.draft.changes());
    this.draft.land();
    this.#draft = undefined;
  }

  retained(key: string, seq = 0): [seq: number, text: string][] {
    return this.draft.since(key, seq).map(({ seq, value }) => [seq, value.text]);
  }
}

describe.each([
  ["in one turn", false],
  ["in turns of their own", true],
])("StreamsDraft, with messages %s", (_, isTurnEach) => {
  const room = (limits: Partial<RoomLimits> = {}, head = 0) => new Streams(isTurnEach, limits, head);

  describe("M1 one order", () => {
    test("seqs begin at 1 and rise by one, for all keys and actions", () => {
      const it = room();
      expect(it.push("a", "1", "append")).toMatchObject({ seq: 1 });
      expect(it.push("b", "2", "replace")).toMatchObject({ seq: 2 });
      expect(it.push("a", "3", "relay")).toMatchObject({ seq: 3 });
      expect(it.push("", "4", "append")).toMatchObject({ seq: 4 });
      expect(it.draft.head).toBe(4);
    });

    test("a restored room goes on after its head, not after its last retained message", () => {
      const it = room({}, 7);
      it.state.restore("a", { seq: 2, value: text("old"), snapshot: false });
      expect(it.push("a", "new", "append")).toMatchObject({ seq: 8 });
    });

    test("a refused message gets no seq", () => {
      const it = room({ messagesPerKey: 1 });
      it.push("a", "1", "append");
      expect(() => it.push("a", "2", "append")).toThrow("stream_full");
      expect(it.push("b", "3", "append")).toMatchObject({ seq: 2 });
    });
  });

  describe("M3 actions", () => {
    test("append retains messages in order", () => {
      const it = room();
      it.push("a", "x", "append");
      it.push("a", "y", "append");
      expect(it.retained("a")).toEqual([
        [1, "x"],
        [2, "y"],
      ]);
      expect(it.retained("a", 1)).toEqual([[2, "y"]]);
    });

    test("relay gets a seq, retains nothing and writes nothing", () => {
      const it = room();
      expect(it.push("a", "x", "relay")).toMatchObject({ type: "applied", seq: 1, size: 0 });
      expect(it.retained("a")).toEqual([]);
      expect(it.draft.keys()).toEqual([]);
      expect(it.changes).toEqual([]);
    });

    test("replace makes the message the whole stream", () => {
      const it = room();
      it.push("a", "x", "append");
      it.push("a", "y", "append");
      expect(it.push("a", "z", "replace").size).toBe(1);
      expect(it.retained("a")).toEqual([[3, "z"]]);
    });

    test("compact replaces all messages up to its seq, and gets no seq of its own", () => {
      const it = room();
      for (const value of ["1", "2", "3"]) it.push("a", value, "append");
      const pushed = it.push("a", "1+2", { type: "compact", seq: 2 });
      expect(pushed).toEqual({ type: "applied", seq: 2, prev: 3, size: 2 });
      const snapshot = { seq: 2, value: text("1+2"), snapshot: true };
      const third = { seq: 3, value: text("3"), snapshot: false };
      expect(it.changes.at(-1)).toEqual(
        isTurnEach
          ? { key: "a", dropped: [1, 2], put: [snapshot] }
          : { key: "a", dropped: [], put: [snapshot, third] },
      );
      expect(it.retained("a")).toEqual([
        [2, "1+2"],
        [3, "3"],
      ]);
      expect(it.draft.head).toBe(3);
    });
  });

  describe("M4 a compaction changes nothing", () => {
    const setUp = () => {
      const it = room({}, 2);
      it.push("a", "3", "append");
      it.push("a", "4", "append");
      it.push("b", "5", "relay");
      return it;
    };

    test.each([
      ["with seq 0", 0],
      ["with a negative seq", -1],
      ["before the first retained message", 2],
      ["beyond the head", 6],
    ])("%s", (_, seq) => {
      const it = setUp();
      expect(it.push("a", "snapshot", { type: "compact", seq })).toEqual({ type: "ineffective", size: 2 });
      expect(it.retained("a")).toEqual([
        [3, "3"],
        [4, "4"],
      ]);
    });

    test("at a snapshot of the same seq", () => {
      const it = setUp();
      it.push("a", "first", { type: "compact", seq: 3 });
      expect(it.push("a", "second", { type: "compact", seq: 3 }).type).toBe("ineffective");
      expect(it.retained("a")[0]).toEqual([3, "first"]);
    });

    test("on a key that retains nothing", () => {
      const it = setUp();
      expect(it.push("b", "snapshot", { type: "compact", seq: 5 })).toEqual({ type: "ineffective", size: 0 });
    });

    test("except between two retained seqs, at the head, and at a message that is no snapshot", () => {
      const it = setUp();
      it.push("a", "at first", { type: "compact", seq: 3 });
      expect(it.retained("a")[0]).toEqual([3, "at first"]);
      it.push("a", "at head", { type: "compact", seq: 5 });
      expect(it.retained("a")).toEqual([[5, "at head"]]);
    });
  });

  describe("limits refuse messages, and evict nothing:", () => {
    test("keys", () => {
      const it = room();
      for (const key of ["a", "b", "c"]) it.push(key, "x", "append");
      expect(() => it.push("d", "x", "append")).toThrow("too_many_keys");
      expect(() => it.push("d", "x", "replace")).toThrow("too_many_keys");
      expect(it.push("d", "x", "relay")).toMatchObject({ seq: 4 });
    });

    test("messages of a key, until a compaction", () => {
      const it = room();
      for (let i = 0; i < 5; i++) it.push("a", "x", "append");
      expect(() => it.push("a", "x", "append")).toThrow("stream_full");
      it.push("a", "x", { type: "compact", seq: 5 });
      expect(it.push("a", "x", "append").size).toBe(2);
    });

    test("bytes of a key, except for a smaller replace and a smaller compaction", () => {
      const it = room({ bytesPerKey: 10 });
      it.push("a", "x".repeat(10), "append");
      expect(() => it.push("a", "y", "append")).toThrow("stream_full");
      expect(() => it.push("a", "y".repeat(11), "replace")).toThrow("stream_full");
      expect(() => it.push("a", "y".repeat(11), { type: "compact", seq: 1 })).toThrow("stream_full");
      it.push("a", "y".repeat(9), { type: "compact", seq: 1 });
      expect(it.push("a", "z", "append").size).toBe(2);
      expect(it.push("a", "z".repeat(10), "replace").size).toBe(1);
    });

    test("bytes of the room, of all keys and actions", () => {
      const it = room({ bytesPerKey: 1_000, bytesPerRoom: 20 });
      it.push("a", "x".repeat(10), "append");
      it.push("b", "x".repeat(10), "append");
      expect(() => it.push("a", "x", "append")).toThrow("room_full");
      it.push("b", "x".repeat(4), "replace");
      it.push("a", "x".repeat(8), { type: "compact", seq: 1 });
      expect(() => it.push("a", "x".repeat(9), "append")).toThrow("room_full");
      expect(it.push("a", "x".repeat(8), "append").size).toBe(2);
    });

    test("bytes of a restored room", () => {
      const it = room({ bytesPerRoom: 10 }, 1);
      it.state.restore("a", { seq: 1, value: text("x".repeat(10)), snapshot: false });
      expect(() => it.push("a", "x", "append")).toThrow("room_full");
    });
  });

  describe("S7 a client that resumes", () => {
    const setUp = () => {
      const it = room();
      for (const value of ["1", "2", "3"]) it.push("a", value, "append");
      return it;
    };
    const resumed = (it: Streams, seq: number, epoch = "epoch") => {
      const { entries, reset } = it.draft.resume("a", seq, epoch);
      return [reset, entries.map(({ seq }) => seq)];
    };

    test("gets the messages after its last one", () => {
      const it = setUp();
      expect(resumed(it, 0)).toEqual([false, [1, 2, 3]]);
      expect(resumed(it, 1)).toEqual([false, [2, 3]]);
      expect(resumed(it, 3)).toEqual([false, []]);
    });

    test("gets the whole stream if its last message was replaced, compacted, or lost with its epoch", () => {
      const it = setUp();
      expect(resumed(it, 2, "another")).toEqual([true, [1, 2, 3]]);
      expect(resumed(it, 0, "another")).toEqual([false, [1, 2, 3]]);
      it.push("a", "1+2", { type: "compact", seq: 2 });
      expect(resumed(it, 1)).toEqual([true, [2, 3]]);
      expect(resumed(it, 2)).toEqual([false, [3]]);
      it.push("a", "4", "replace");
      expect(resumed(it, 3)).toEqual([true, [4]]);
      expect(it.draft.resume("b", 1, "epoch")).toEqual({ entries: [], reset: true });
    });
  });

  describe("S8 a compaction that names its last message", () => {
    test("is applied only if that is the newest message that it would replace", () => {
      const it = room();
      for (const value of ["1", "2", "3"]) it.push("a", value, "append");
      it.push("b", "4", "relay");
      const last = (seq: number, last: number) => it.push("a", "s", { type: "compact", seq, last }).type;
      expect([last(2, 1), last(4, 2), last(3, 4)]).toEqual(Array(3).fill("ineffective"));
      expect([last(2, 2), last(4, 3)]).toEqual(["applied", "applied"]);
      expect(it.retained("a")).toEqual([[4, "s"]]);
    });
  });

  test("S6 push returns the seq of the key's previous retained message", () => {
    const it = room();
    const prev = (action: Action["type"], key = "a") => (it.push(key, "x", action) as Applied).prev;
    expect([prev("append"), prev("relay"), prev("append"), prev("append", "b")]).toEqual([0, 1, 1, 0]);
    expect([prev("replace"), prev("append")]).toEqual([3, 5]);
  });

  test("keys lists each key that retains messages once", () => {
    const it = room();
    for (const key of ["a", "b", "a"]) it.push(key, "x", "append");
    it.push("c", "x", "relay");
    expect(it.draft.keys()).toEqual(["a", "b"]);
  });
});

describe("StreamsDraft", () => {
  const state = () => {
    const state = new RoomState<Text>("epoch", 2);
    state.restore("a", { seq: 1, value: text("1"), snapshot: false });
    state.restore("b", { seq: 2, value: text("2"), snapshot: false });
    return state;
  };
  const picture = ({ head, bytes, streams }: RoomState<Text>) =>
    structuredClone({ head, bytes, streams: Array.from(streams, ([key, s]) => [key, s.bytes, s.since(0)]) });

  test("does not change the room's state before it lands", () => {
    const it = state();
    const before = picture(it);
    const draft = new StreamsDraft(it, { ...LIMITS, keys: 4 });
    for (const action of ["append", "replace", "relay", "append"] as const)
      draft.push("a", text("x"), { type: action });
    draft.push("b", text("s"), { type: "compact", seq: 2 });
    draft.push("c", text("new"), { type: "append" });
    expect(picture(it)).toEqual(before);
    draft.land();
    expect(picture(it)).toEqual({
      head: 7,
      bytes: 6,
      streams: [
        ["a", 2, [4, 6].map((seq) => ({ seq, value: text("x"), snapshot: false }))],
        ["b", 1, [{ seq: 2, value: text("s"), snapshot: true }]],
        ["c", 3, [{ seq: 7, value: text("new"), snapshot: false }]],
      ],
    });
  });

  test("changes names each changed key once, and no other key", () => {
    const draft = new StreamsDraft(state(), LIMITS);
    draft.push("c", text("c"), { type: "append" });
    draft.push("a", text("a"), { type: "append" });
    draft.push("c", text("c"), { type: "replace" });
    draft.push("b", text("b"), { type: "relay" });
    draft.push("b", text("b"), { type: "compact", seq: 9 });
    draft.push("d", text("one too many"), { type: "append" });
    expect(draft.keys()).toEqual(["a", "b", "c"]);
    expect(draft.changes().map(({ key, dropped, put }) => [key, dropped, put.map(({ seq }) => seq)])).toEqual(
      [
        ["c", [], [5]],
        ["a", [], [4]],
      ],
    );
  });

  test("counts the keys that the turn adds", () => {
    const draft = new StreamsDraft(state(), LIMITS);
    expect(draft.push("c", text("c"), { type: "append" }).type).toBe("applied");
    expect(draft.push("d", text("d"), { type: "append" })).toMatchObject({ why: { code: "too_many_keys" } });
    expect(draft.push("c", text("c"), { type: "append" }).type).toBe("applied");
    expect(draft.push("d", text("d"), { type: "relay" }).type).toBe("applied");
  });

  test("a room beyond a lowered limit applies messages that make it smaller", () => {
    const limits = { ...LIMITS, bytesPerKey: 5, bytesPerRoom: 8 };
    const over = () => {
      const it = new RoomState<Text>("epoch", 4);
      for (const seq of [1, 2, 3]) it.restore("a", { seq, value: text("xxx"), snapshot: false });
      it.restore("b", { seq: 4, value: text("xxx"), snapshot: false });
      return new StreamsDraft(it, limits);
    };
    const code = (draft: StreamsDraft<Text>, key: string, value: string, action: Action) => {
      const pushed = draft.push(key, text(value), action);
      return pushed.type === "refused" ? pushed.why.code : pushed.type;
    };
    const compact = { type: "compact", seq: 1 } as const;
    expect(code(over(), "a", "x", { type: "append" })).toBe("stream_full");
    expect(code(over(), "b", "xxxx", { type: "replace" })).toBe("room_full");
    expect(code(over(), "a", "xxxx", compact)).toBe("stream_full");
    expect(code(over(), "a", "xxx", compact)).toBe("applied");
    expect(code(over(), "a", "xx", compact)).toBe("applied");
    expect(code(over(), "b", "xxx", { type: "replace" })).toBe("applied");
    expect(code(over(), "a", "xxxxx", { type: "replace" })).toBe("applied");
  });
});

import type { Action } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import type { RoomLimits } from "./limits.js";
import { type Applied, Room } from "./room.js";
import type { Sized } from "./stream.js";

interface Text extends Sized {
  readonly text: string;
}

const LIMITS: RoomLimits = { keys: 3, messagesPerKey: 5, bytesPerKey: 50, bytesPerRoom: 100 };

const text = (text: string): Text => ({ text, size: text.length });

function room(limits: Partial<RoomLimits> = {}, head = 0): Room<Text> {
  return new Room<Text>({ ...LIMITS, ...limits }, "epoch", head);
}

function push(
  target: Room<Text>,
  key: string,
  value: string,
  action: Action | Action["type"],
): Applied<Text> {
  const result = target.push(
    key,
    text(value),
    typeof action === "string" ? ({ type: action } as Action) : action,
  );
  if (result.type === "refused") throw new Error(result.code);
  return result;
}

const retained = (target: Room<Text>, key: string, seq = 0) =>
  target.since(key, seq).map(({ seq, value }) => [seq, value.text]);

describe("M1 one order", () => {
  test("seqs begin at 1 and rise by one, whatever the key and the action", () => {
    const it = room();
    expect(push(it, "a", "1", "append").seq).toBe(1);
    expect(push(it, "b", "2", "replace").seq).toBe(2);
    expect(push(it, "a", "3", "relay").seq).toBe(3);
    expect(push(it, "", "4", "append").seq).toBe(4);
    expect(it.head).toBe(4);
  });

  test("a restored room goes on after its head, not after what it retains", () => {
    const it = room({}, 7);
    it.restore("a", { seq: 2, value: text("old"), snapshot: false });
    expect(push(it, "a", "new", "append").seq).toBe(8);
  });

  test("a refused message takes no seq", () => {
    const it = room({ messagesPerKey: 1 });
    push(it, "a", "1", "append");
    expect(() => push(it, "a", "2", "append")).toThrow("stream_full");
    expect(push(it, "b", "3", "append").seq).toBe(2);
  });
});

describe("M3 actions", () => {
  test("append retains, in order", () => {
    const it = room();
    push(it, "a", "x", "append");
    push(it, "a", "y", "append");
    expect(retained(it, "a")).toEqual([
      [1, "x"],
      [2, "y"],
    ]);
    expect(retained(it, "a", 1)).toEqual([[2, "y"]]);
  });

  test("relay takes a seq and retains and writes nothing", () => {
    const it = room();
    expect(push(it, "a", "x", "relay")).toMatchObject({ seq: 1, size: 0 });
    expect(retained(it, "a")).toEqual([]);
    expect([...it.keys()]).toEqual([]);
  });

  test("replace makes the message the whole stream", () => {
    const it = room();
    push(it, "a", "x", "append");
    push(it, "a", "y", "append");
    expect(push(it, "a", "z", "replace").size).toBe(1);
    expect(retained(it, "a")).toEqual([[3, "z"]]);
  });

  test("compact is not broadcast, and puts its value in place of what is up to its seq", () => {
    const it = room();
    for (const value of ["1", "2", "3"]) push(it, "a", value, "append");
    const result = push(it, "a", "1+2", { type: "compact", seq: 2 });
    expect(result.seq).toBeUndefined();
    expect(result.write).toEqual({
      type: "compact",
      key: "a",
      entry: { seq: 2, value: text("1+2"), snapshot: true },
    });
    expect(retained(it, "a")).toEqual([
      [2, "1+2"],
      [3, "3"],
    ]);
    expect(it.head).toBe(3);
  });
});

describe("M4 a compaction changes nothing", () => {
  const setUp = () => {
    const it = room({}, 2);
    push(it, "a", "3", "append");
    push(it, "a", "4", "append");
    push(it, "b", "5", "relay");
    return it;
  };

  test.each([
    ["with seq 0", 0],
    ["with a negative seq", -1],
    ["before the first retained message", 2],
    ["beyond the head", 6],
  ])("%s", (_, seq) => {
    const it = setUp();
    expect(push(it, "a", "snapshot", { type: "compact", seq }).write).toBeUndefined();
    expect(retained(it, "a")).toEqual([
      [3, "3"],
      [4, "4"],
    ]);
  });

  test("at a snapshot of the same seq", () => {
    const it = setUp();
    push(it, "a", "first", { type: "compact", seq: 3 });
    expect(push(it, "a", "second", { type: "compact", seq: 3 }).write).toBeUndefined();
    expect(retained(it, "a")[0]).toEqual([3, "first"]);
  });

  test("on a key that retains nothing", () => {
    const it = setUp();
    expect(push(it, "b", "snapshot", { type: "compact", seq: 5 }).write).toBeUndefined();
  });

  test("but between two retained seqs, at the head, and at a message that is no snapshot it is applied", () => {
    const it = setUp();
    push(it, "a", "at first", { type: "compact", seq: 3 });
    expect(retained(it, "a")[0]).toEqual([3, "at first"]);
    push(it, "a", "at head", { type: "compact", seq: 5 });
    expect(retained(it, "a")).toEqual([[5, "at head"]]);
  });
});

describe("limits: a message beyond is refused, and nothing is evicted", () => {
  test("keys", () => {
    const it = room();
    for (const key of ["a", "b", "c"]) push(it, key, "x", "append");
    expect(() => push(it, "d", "x", "append")).toThrow("too_many_keys");
    expect(() => push(it, "d", "x", "replace")).toThrow("too_many_keys");
    expect(push(it, "d", "x", "relay").seq).toBe(4);
  });

  test("messages of a key, until it is compacted", () => {
    const it = room();
    for (let i = 0; i < 5; i++) push(it, "a", "x", "append");
    expect(() => push(it, "a", "x", "append")).toThrow("stream_full");
    push(it, "a", "x", { type: "compact", seq: 5 });
    expect(push(it, "a", "x", "append").size).toBe(2);
  });

  test("bytes of a key: a smaller replace and a smaller compaction are always taken", () => {
    const it = room({ bytesPerKey: 10 });
    push(it, "a", "x".repeat(10), "append");
    expect(() => push(it, "a", "y", "append")).toThrow("stream_full");
    expect(() => push(it, "a", "y".repeat(11), "replace")).toThrow("stream_full");
    expect(() => push(it, "a", "y".repeat(11), { type: "compact", seq: 1 })).toThrow("stream_full");
    push(it, "a", "y".repeat(9), { type: "compact", seq: 1 });
    expect(push(it, "a", "z", "append").size).toBe(2);
    expect(push(it, "a", "z".repeat(10), "replace").size).toBe(1);
  });

  test("bytes of the room, counted over all keys and actions", () => {
    const it = room({ bytesPerKey: 1_000, bytesPerRoom: 20 });
    push(it, "a", "x".repeat(10), "append");
    push(it, "b", "x".repeat(10), "append");
    expect(() => push(it, "a", "x", "append")).toThrow("room_full");
    push(it, "b", "x".repeat(4), "replace");
    push(it, "a", "x".repeat(8), { type: "compact", seq: 1 });
    expect(() => push(it, "a", "x".repeat(9), "append")).toThrow("room_full");
    expect(push(it, "a", "x".repeat(8), "append").size).toBe(2);
  });

  test("a restored room knows what it retains", () => {
    const it = room({ bytesPerRoom: 10 }, 1);
    it.restore("a", { seq: 1, value: text("x".repeat(10)), snapshot: false });
    expect(() => push(it, "a", "x", "append")).toThrow("room_full");
  });
});

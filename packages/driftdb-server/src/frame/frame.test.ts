import { cbor } from "driftdb-protocol/cbor";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { RoomHold } from "../engine/engine.js";
import { Payload } from "../engine/payload.js";
import { Frame } from "./frame.js";

afterEach(() => void vi.restoreAllMocks());

const VALUE = { text: 'a "b"\n', n: [1, -2.5, null], nested: { "": true } };
const bytes = Payload.of({ b: Uint8Array.of(1, 2) }, true);
const plain = Payload.of(VALUE, false);

const PUSH = { type: "push", key: "k", value: VALUE, seq: 7 };

const HELD = [2, 5].map((seq) => ({ from: `name ${seq}`, value: plain, seq }));
const heldJson = (seq: number) => ({ from: `name ${seq}`, value: VALUE, seq });

const heldEvent = (seq: number, was: number, value = plain, decoded?: unknown): RoomHold => {
  return { type: "held", key: 'k"', value, decoded, seq, from: "me", was };
};

const FRAMES = [
  ["push", () => Frame.push('k"', plain, 7), { type: "push", key: 'k"', value: VALUE, seq: 7 }],
  [
    "init",
    () =>
      Frame.init(
        "k",
        [plain, plain].map((value, i) => ({ value, seq: i + 1, snapshot: i === 0 })),
      ),
    { type: "init", key: "k", data: [1, 2].map((seq) => ({ value: VALUE, seq })) },
  ],
  ["push of a session", () => Frame.push("k", plain, 7, undefined, { prev: 0 }), { ...PUSH, prev: 0 }],
  [
    "init of a session",
    () =>
      Frame.resume("k", {
        entries: [{ value: plain, seq: 2, snapshot: false }],
        head: 9,
        reset: false,
        held: [],
      }),
    { type: "init", key: "k", data: [{ value: VALUE, seq: 2 }], head: 9 },
  ],
  [
    "init that starts over",
    () => Frame.resume("k", { entries: [], head: 9, reset: true, held: [] }),
    { type: "init", key: "k", data: [], head: 9, reset: true },
  ],
  [
    "push of a replace",
    () => Frame.push("k", plain, 7, undefined, { prev: 3, replace: true }),
    { ...PUSH, prev: 3, replace: true },
  ],
  ["push of a hold", () => Frame.push("k", plain, 7, undefined, { from: "me" }), { ...PUSH, from: "me" }],
  [
    "init with held values",
    () => Frame.resume("k", { entries: [], head: 9, reset: true, held: HELD }),
    { type: "init", key: "k", data: [], head: 9, reset: true, held: [heldJson(2), heldJson(5)] },
  ],
  [
    "holds",
    () =>
      Frame.holds(
        'k"',
        [5, 3, 8].map((was, i) => heldEvent(8 + i, was)),
      ),
    { type: "holds", key: 'k"', seq: 8, holds: [3, VALUE, 6, VALUE, 2, VALUE] },
  ],
  [
    "release",
    () => Frame.of({ type: "release", key: 'k"', from: "me", seq: 9 }),
    { type: "release", key: 'k"', from: "me", seq: 9 },
  ],
  ["empty init", () => Frame.init("", []), { type: "init", key: "", data: [] }],
  ["pong", () => Frame.of({ type: "pong", nonce: 1 }), { type: "pong", nonce: 1 }],
] as const;

describe("Frame", () => {
  test.each(FRAMES)("P4, S6, S7 encodes the same %s in JSON and in CBOR", (_, make, expected) => {
    const frame = make();
    expect(JSON.parse(frame.json)).toEqual(expected);
    expect(cbor.decode(frame.cbor)).toEqual(expected);
  });

  test.each(FRAMES)("P7 encodes a %s once per codec", (_, make) => {
    const frame = make();
    const [text, binary] = [frame.json, frame.cbor];
    const [encode, stringify] = [vi.spyOn(cbor, "encode"), vi.spyOn(JSON, "stringify")];
    for (let i = 0; i < 5; i++) {
      expect(frame.json).toBe(text);
      expect(frame.cbor).toBe(binary);
    }
    expect(encode).not.toHaveBeenCalled();
    expect(stringify).not.toHaveBeenCalled();
  });

  test("P7 encodes only in the codec that is used", () => {
    const encode = vi.spyOn(cbor, "encode");
    const stringify = vi.spyOn(JSON, "stringify");
    const frame = Frame.push("k", plain, 1);
    expect(stringify).not.toHaveBeenCalled();
    expect(frame.json).toContain("push");
    expect(encode).not.toHaveBeenCalled();
  });

  test("P7 encodes CBOR from the decoded value of the client's frame, without parsing its JSON", () => {
    const parse = vi.spyOn(JSON, "parse");
    const holds = Frame.holds('k"', [heldEvent(8, 5, plain, VALUE), heldEvent(9, 8, plain, VALUE)]);
    expect(cbor.decode(holds.cbor)).toMatchObject({ seq: 8, holds: [3, VALUE, 1, VALUE] });
    const push = Frame.push("k", plain, 7, () => plain.cborOf(VALUE));
    expect(cbor.decode(push.cbor)).toEqual(PUSH);
    expect(parse).not.toHaveBeenCalled();
  });

  test("P7 makes the shared form of a frame once per codec", () => {
    const frame = Frame.of({ type: "pong", nonce: 1 });
    const make = vi.fn(() => ({}));
    const makeCbor = vi.fn(() => ({}));
    const shared = [frame.shared(false, make), frame.shared(true, makeCbor)];
    expect(shared[0]).not.toBe(shared[1]);
    expect([frame.shared(false, make), frame.shared(true, makeCbor)]).toEqual(shared);
    expect(frame.shared(false, make)).toBe(shared[0]);
    expect(frame.shared(true, makeCbor)).toBe(shared[1]);
    expect([make, makeCbor].map(({ mock }) => mock.calls)).toEqual([[[frame]], [[frame]]]);
  });

  test("P7 does not encode held values in JSON for a client with CBOR", () => {
    const value = Payload.of({ b: Uint8Array.of(1) }, true);
    const json = vi.spyOn(value, "json", "get");
    const frame = Frame.resume("k", {
      entries: [],
      head: 9,
      reset: false,
      held: [{ from: "me", value, seq: 1 }],
    });
    expect(frame.cbor.length).toBeGreaterThan(0);
    expect(json).not.toHaveBeenCalled();
    expect(frame.json).toContain('"held":[{"from":"me","value":{"b":[1]},"seq":1}]');
  });

  test("P7 encodes a byte string as bytes in CBOR, and as an array of numbers in JSON", () => {
    const entries = [{ value: bytes, seq: 1, snapshot: false }];
    for (const frame of [Frame.push("k", bytes, 1), Frame.init("k", entries)]) {
      expect(frame.json).toContain('{"b":[1,2]}');
      expect(Buffer.from(frame.cbor).toString("hex")).toContain("6162420102");
    }
  });

  test("M2 passes a value's own JSON text on unchanged", () => {
    expect(Frame.push("k", Payload.from('{"__proto__":1,"a":1.10}'), 2).json).toBe(
      '{"type":"push","key":"k","value":{"__proto__":1,"a":1.10},"seq":2}',
    );
  });
});

describe("Payload", () => {
  test("D19 equals a payload with the same encoding", () => {
    const json = (value: unknown) => Payload.of(value, false);
    const binary = (...bytes: number[]) => Payload.of({ b: Uint8Array.from(bytes) }, true);
    expect(json({ a: 1 }).equals(Payload.from('{"a":1}'))).toBe(true);
    expect(json({ a: 1 }).equals(json({ a: 2 }))).toBe(false);
    expect(json(1).equals(json("1"))).toBe(false);
    expect(binary(1, 2).equals(binary(1, 2))).toBe(true);
    expect(binary(1, 2).equals(binary(1, 3))).toBe(false);
    expect(binary(1).equals(binary(1, 0))).toBe(false);
    expect(binary(1).equals(json({ b: [1] }))).toBe(false);
    expect(json({ b: [1] }).equals(binary(1))).toBe(false);
  });

  test.each([
    ["é", false, "string"],
    [{ b: new Uint8Array(3) }, true, "object"],
  ] as const)("stores %j as text, or as bytes if it has byte strings", (value, hasBytes, type) => {
    const payload = Payload.of(value, hasBytes);
    expect(typeof payload.stored).toBe(type);
    expect(payload.size).toBe(Buffer.from(payload.stored as string).length);
    expect(Payload.from(payload.stored).value).toEqual(value);
    expect(payload.size).toBe(Payload.from(payload.stored).size);
  });

  test("P7 encodes CBOR from the given value, or from its own text or bytes", () => {
    const parse = vi.spyOn(JSON, "parse");
    expect(cbor.decode(plain.cborOf(VALUE))).toEqual(VALUE);
    expect(parse).not.toHaveBeenCalled();
    expect(cbor.decode(plain.cborOf(undefined))).toEqual(VALUE);
    expect(parse).toHaveBeenCalledOnce();
    expect(bytes.cborOf({ b: "not looked at" })).toBe(bytes.stored);
  });
});

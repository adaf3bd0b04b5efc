import {
  checkMessageToDb,
  checkSize,
  FrameError,
  json,
  MAX_MESSAGE_BYTES,
  type MessageToDb,
} from "driftdb-protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DriftDBError } from "../errors.js";
import { checkSize as checkFrame, encodeChecked } from "./encode-message.js";

/** The code of the error that a call throws, or "fine". */
function verdict(call: () => unknown): string {
  try {
    call();
    return "fine";
  } catch (error) {
    if (error instanceof FrameError || error instanceof DriftDBError) return error.code;
    throw error;
  }
}

const push = (value: unknown, more: object = {}) =>
  ({ type: "push", key: "k", value, action: { type: "append" }, ...more }) as MessageToDb;

const nested = (levels: number): unknown => (levels > 1 ? [nested(levels - 1)] : []);

describe("the protocol refuses each message that the client refuses, with the same code", () => {
  it.each<[string, MessageToDb, string]>([
    ["an ordinary push", push({ a: [1, "two", null, true] }), "fine"],
    ["an undefined value", push(undefined), "bad_value"],
    ["a null value (M2)", push(null), "bad_value"],
    ["a number that is not finite", push({ deep: [Number.NaN] }), "bad_value"],
    ["an infinite number", push(Number.POSITIVE_INFINITY), "bad_value"],
    ["a bigint", push({ n: 1n }), "bad_value"],
    ["a function", push({ f: () => 1 }), "bad_value"],
    ["a symbol", push([Symbol("s")]), "bad_value"],
    ["an undefined field, which is left out", push({ a: undefined }), "fine"],
    ["a date, which says what it is in JSON", push(new Date(0)), "fine"],
    ["bytes", push({ bytes: new Uint8Array([1, 2]) }), "fine"],
    ["a Buffer", push({ bytes: Buffer.from([1, 2]) }), "fine"],
    ["a get", { type: "get", key: "k", seq: 3 }, "fine"],
    ["a get of nothing (P5)", { type: "get", key: "k", seq: null }, "fine"],
    ["64 levels", push(nested(64)), "fine"],
    ["65 levels", push(nested(65)), "bad_value"],
    ["a false value", push(false), "fine"],
    ["an empty array", push([]), "fine"],
    ["a map", push({ m: new Map([[1, 2]]) }), "bad_value"],
    ["a compaction", push(1, { action: { type: "compact", seq: 3, last: 3 } }), "fine"],
    ["a ping", { type: "ping", nonce: 7 }, "fine"],
  ])("%s", (_name, message, code) => {
    expect(verdict(() => encodeChecked(message))).toBe(code);
    expect(verdict(() => checkMessageToDb(message))).toBe(code);
  });

  it("any value", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withTypedArray: true,
      withNullPrototype: true,
      maxDepth: 3,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const found = verdict(() => encodeChecked(push(value)));
        // What slips through, the server refuses.
        if (found !== "fine") expect(verdict(() => checkMessageToDb(push(value)))).toBe(found);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["text", "x".repeat(MAX_MESSAGE_BYTES), "fine"],
    ["more text", "x".repeat(MAX_MESSAGE_BYTES + 1), "too_large"],
    ["text of fewer characters than bytes", "ü".repeat(MAX_MESSAGE_BYTES / 2 + 1), "too_large"],
    ["bytes", new Uint8Array(MAX_MESSAGE_BYTES), "fine"],
    ["more bytes", new Uint8Array(MAX_MESSAGE_BYTES + 1), "too_large"],
  ])("a frame of %s", (_name, frame, code) => {
    expect(verdict(() => checkFrame(frame))).toBe(code);
    expect(verdict(() => checkSize(frame))).toBe(code);
  });
});

it("writes JSON as the protocol's codec does", () => {
  const value = fc.jsonValue().filter((json) => json !== null);
  fc.assert(
    fc.property(fc.oneof(value, fc.uint8Array()), (value) => {
      expect(encodeChecked(push(value))).toBe(json.encode(push(value)));
    }),
  );
  const bytes = push({ a: Buffer.from([1, 2]), b: new Uint16Array([258]), c: [new Uint8Array(0)] });
  expect(encodeChecked(bytes)).toBe(json.encode(bytes));
});

it.each<[unknown, string]>([
  [Number.NaN, 'key "k": NaN is not JSON'],
  // A store wraps a value.
  [{ v: Number.POSITIVE_INFINITY }, 'key "k": Infinity is not JSON'],
  [{ outer: { inner: Number.NaN } }, 'key "k": inner: NaN is not JSON'],
  [{ v: [0, { deep: Symbol("s") }] }, 'key "k": deep: Symbol(s) is not JSON'],
  [{ v: { map: new Map() } }, 'key "k": map: [object Map] is not JSON'],
  [null, 'key "k": send any JSON value but null'],
  [nested(65), 'key "k": send at most 64 levels'],
])("names the key, and the wrong field of a value: %o", (value, text) => {
  expect(() => encodeChecked(push(value))).toThrow(text);
});

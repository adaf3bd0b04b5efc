import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../bytes.js";
import { FrameError } from "../errors.js";
import { checkKey, checkMessageToDb } from "./plain-up.js";

describe("checkMessageToDb", () => {
  it("P3 drops unknown fields, of the action too", () => {
    const frame = { type: "push", key: "k", value: 1, action: { type: "append", seq: 3, x: 1 }, n: 5 };
    expect(checkMessageToDb(frame)).toStrictEqual({
      type: "push",
      key: "k",
      value: 1,
      action: { type: "append" },
    });
  });

  it("P5 makes a missing seq 0 and leaves null", () => {
    expect(checkMessageToDb({ type: "get", key: "k" })).toStrictEqual({ type: "get", key: "k", seq: 0 });
    expect(checkMessageToDb({ type: "get", key: "k", seq: null })).toStrictEqual({
      type: "get",
      key: "k",
      seq: null,
    });
  });

  it("hands the value on as it is, without a copy", () => {
    const value = { bytes: new Uint8Array(1) };
    const message = checkMessageToDb({ type: "push", key: "k", value, action: { type: "relay" } });
    expect(message).toHaveProperty("value", value);
    expect(message.type === "push" && message.value).toBe(value);
  });

  it("names the first fault in the order type, key, value, action, seq", () => {
    const code = (frame: object) => {
      try {
        checkMessageToDb(frame);
      } catch (error) {
        return (error as FrameError).code;
      }
      return undefined;
    };
    const bad = { type: "push", key: 1, value: null, action: { type: "compact" } };
    expect(code({ ...bad, type: 1 })).toBe("bad_message");
    expect(code(bad)).toBe("bad_key");
    expect(code({ ...bad, key: "k" })).toBe("bad_value");
    expect(code({ ...bad, key: "k", value: 1, action: {} })).toBe("bad_action");
    expect(code({ ...bad, key: "k", value: 1 })).toBe("bad_seq");
    expect(code({ ...bad, key: "k", value: 1, action: { type: "compact", seq: 1 } })).toBeUndefined();
  });

  it("P10 says what was found and what to send instead", () => {
    const message = (frame: unknown) => {
      try {
        checkMessageToDb(frame);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    expect(message({ type: "get", key: 5 })).toBe("key is 5: send a string");
    expect(message({ type: "get" })).toBe("key is missing: send a string");
    expect(message({ type: "get", key: new Uint8Array(1) })).toBe("key is a byte string: send a string");
    expect(message({ type: "put" })).toBe('type is "put": send "push", "get" or "ping"');
    expect(message([])).toBe("the message is an array: send an object with a type");
    expect(message(new Uint8Array(1))).toBe("the message is a byte string: send an object with a type");
    expect(message({ type: "x".repeat(1_000) })).toBe(
      `type is "${"x".repeat(40)}…": send "push", "get" or "ping"`,
    );
  });

  it("throws nothing but FrameError, and what it gives it takes again", () => {
    const field = <T>(values: fc.Arbitrary<T>) => fc.oneof(values, fc.anything());
    const action = fc.record(
      { type: field(fc.constantFrom("append", "relay", "replace", "compact")), seq: field(fc.nat()) },
      { requiredKeys: [] },
    );
    const frame = fc.record(
      {
        type: field(fc.constantFrom("push", "get", "ping")),
        key: field(fc.string({ unit: "binary" })),
        value: field(fc.jsonValue()),
        action: field(action),
        seq: field(fc.nat()),
        nonce: field(fc.double()),
      },
      { requiredKeys: [] },
    );
    let taken = 0;
    fc.assert(
      fc.property(field(frame), (input) => {
        try {
          const message = checkMessageToDb(input);
          expect(checkMessageToDb(message)).toStrictEqual(message);
          taken++;
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});

describe("checkKey", () => {
  it("M2 counts bytes, not characters", () => {
    for (const key of ["", "k".repeat(1_024), "é".repeat(512), "😀".repeat(256)]) {
      expect(checkKey(key)).toBe(key);
    }
    expect(() => checkKey("k".repeat(1_025))).toThrow("key has 1025 bytes");
    expect(() => checkKey("é".repeat(513))).toThrow("key has 1026 bytes");
  });

  it("takes exactly the strings that come back from UTF-8 as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 8 }), (units) => {
        const key = String.fromCharCode(...units);
        let taken = true;
        try {
          checkKey(key);
        } catch {
          taken = false;
        }
        expect(taken).toBe(utf8(new TextEncoder().encode(key)) === key);
      }),
    );
    expect(() => checkKey("a\ud800")).toThrow("half a surrogate pair");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError } from "../errors.js";
import { checkMessageToDb } from "./plain-up.js";
import { checkSessionMessageToDb } from "./session-up.js";

const PUSH = { type: "push", key: "k", value: 1, action: { type: "append" } };

function codeOf(frame: unknown): string | undefined {
  try {
    checkSessionMessageToDb(frame);
  } catch (error) {
    return (error as FrameError).code;
  }
  return undefined;
}

describe("checkSessionMessageToDb", () => {
  it("S2, S3, S7, S8 keeps what is a session's, and drops what nobody knows", () => {
    const action = { type: "compact", seq: 3, last: 2 };
    expect(checkSessionMessageToDb({ ...PUSH, action: { ...action, x: 1 }, n: 7, prev: 1 })).toStrictEqual({
      ...PUSH,
      action,
      n: 7,
    });
    expect(checkSessionMessageToDb({ type: "get", key: "k", seq: 4, epoch: "e", n: 1 })).toStrictEqual({
      type: "get",
      key: "k",
      seq: 4,
      epoch: "e",
    });
    expect(checkSessionMessageToDb({ type: "unsubscribe", key: "", seq: 1 })).toStrictEqual({
      type: "unsubscribe",
      key: "",
    });
  });

  it("S3 leaves out what is not there", () => {
    expect(checkSessionMessageToDb(PUSH)).toStrictEqual(PUSH);
    expect(checkSessionMessageToDb({ type: "get", key: "k" })).toStrictEqual({
      type: "get",
      key: "k",
      seq: 0,
    });
  });

  it.each([0, -1, 1.5, 2 ** 53, Number.NaN, "1", null, [1], true])("S3 refuses %j as n", (n) => {
    expect(codeOf({ ...PUSH, n })).toBe("bad_n");
  });

  it.each([1, null, {}, ["e"]])("S7 refuses %j as epoch", (epoch) => {
    expect(codeOf({ type: "get", key: "k", epoch })).toBe("bad_epoch");
  });

  it.each([1.5, "1", null, Number.POSITIVE_INFINITY])("S8 refuses %j as last", (last) => {
    expect(codeOf({ ...PUSH, action: { type: "compact", seq: 1, last } })).toBe("bad_seq");
  });

  it("S4 says which number a push that is wrong uses up, if that can be read", () => {
    const numberOf = (frame: unknown) => {
      try {
        checkSessionMessageToDb(frame);
      } catch (error) {
        return (error as FrameError).n;
      }
    };
    expect(numberOf({ ...PUSH, key: 1, n: 5 })).toBe(5);
    expect(numberOf({ ...PUSH, value: undefined, n: 5 })).toBe(5);
    expect(numberOf({ ...PUSH, key: 1, n: 1.5 })).toBe(undefined);
    expect(numberOf({ ...PUSH, key: 1 })).toBe(undefined);
    expect(numberOf({ ...PUSH, type: "pushed", n: 5 })).toBe(undefined);
  });

  it("names the first fault in the order type, key, value, action, n", () => {
    const bad = { type: "push", key: 1, value: null, action: { type: "compact", seq: 1, last: "" }, n: 0 };
    expect(codeOf({ ...bad, type: "unsubscribed" })).toBe("bad_message");
    expect(codeOf(bad)).toBe("bad_key");
    expect(codeOf({ ...bad, key: "k" })).toBe("bad_value");
    expect(codeOf({ ...bad, key: "k", value: 1 })).toBe("bad_seq");
    expect(codeOf({ ...bad, key: "k", value: 1, action: { type: "relay" } })).toBe("bad_n");
    expect(codeOf({ type: "unsubscribe", key: "x".repeat(1_025) })).toBe("bad_key");
    expect(codeOf({ type: "unsubscribe" })).toBe("bad_key");
    expect(codeOf({ type: "get", key: "k", seq: -1, epoch: 1 })).toBe("bad_seq");
  });

  it("takes whatever a plain connection may send, and means the same", () => {
    const action = fc.oneof(
      fc.record({ type: fc.constantFrom("append", "replace", "relay") }),
      fc.record({ type: fc.constant("compact"), seq: fc.maxSafeInteger() }),
    );
    const key = fc.string({ unit: "grapheme", maxLength: 20 });
    const message = fc.oneof(
      fc.record({ type: fc.constant("push"), key, value: fc.jsonValue().filter((v) => v !== null), action }),
      fc.record({ type: fc.constant("get"), key, seq: fc.option(fc.nat()) }),
      fc.record({ type: fc.constant("ping"), nonce: fc.nat() }),
    );
    fc.assert(
      fc.property(message, (frame) => {
        expect(checkSessionMessageToDb(frame)).toStrictEqual(checkMessageToDb(frame));
      }),
    );
  });

  it("P10 throws nothing but FrameError, whatever comes", () => {
    const anything = fc.anything();
    const frame = fc.record(
      {
        type: fc.oneof(fc.constantFrom("push", "get", "unsubscribe", "release", "ping"), anything),
        key: fc.oneof(fc.string(), anything),
        value: anything,
        action: fc.oneof(
          fc.record({ type: fc.constant("compact"), seq: anything, last: anything }),
          fc.record({ type: fc.constant("hold") }),
          anything,
        ),
        n: anything,
        epoch: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(frame, anything), (input) => {
        try {
          checkSessionMessageToDb(input);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

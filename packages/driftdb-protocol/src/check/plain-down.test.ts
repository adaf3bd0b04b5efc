import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError } from "../errors.js";
import { checkMessageFromDb } from "./plain-down.js";

describe("checkMessageFromDb", () => {
  it("P4 keeps unknown fields, and the frame itself", () => {
    const frame = { type: "init", key: "k", data: [{ value: null, seq: 1, x: 1 }], head: 7 };
    expect(checkMessageFromDb(frame)).toBe(frame);
  });

  it("makes nothing of the null nonce of older servers", () => {
    expect(checkMessageFromDb({ type: "pong", nonce: null })).toStrictEqual({ type: "pong" });
  });

  it("throws nothing but FrameError, whatever the type says of itself", () => {
    const type = fc.oneof(
      fc.constantFrom("push", "init", "stream_size", "pong", "error"),
      fc.constantFrom({ toString: 5 }, { toString: null, valueOf: null }, [[]]),
      fc.anything(),
    );
    const frame = fc.record(
      {
        type,
        key: fc.anything(),
        value: fc.anything(),
        seq: fc.anything(),
        data: fc.oneof(fc.array(fc.anything()), fc.anything()),
        size: fc.anything(),
        nonce: fc.anything(),
        message: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(frame, fc.anything()), (input) => {
        try {
          checkMessageFromDb(input);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError } from "../errors.js";
import { checkSessionMessageFromDb } from "./session-down.js";

const HELLO = {
  type: "hello",
  v: 2,
  epoch: "e",
  seq: 0,
  you: "me",
  term: "t",
  resumed: false,
  acked: 0,
  acks: [],
  limits: { messageBytes: 1, inFlight: 1 },
};

describe("checkSessionMessageFromDb", () => {
  it("S1 keeps unknown fields, and the frame itself", () => {
    const frame = { ...HELLO, x: 1, limits: { ...HELLO.limits, messagesPerSecond: 0.5, y: 2 } };
    expect(checkSessionMessageFromDb(frame)).toBe(frame);
  });

  it.each(Object.keys(HELLO))("S1 hello without %s is refused", (field) => {
    expect(() => checkSessionMessageFromDb({ ...HELLO, [field]: undefined })).toThrow(FrameError);
  });

  it("throws nothing but FrameError, whatever the type says of itself", () => {
    const anything = fc.anything();
    const frame = fc.record(
      {
        type: fc.oneof(
          fc.constantFrom("hello", "ack", "push", "init", "release", "holds", "error"),
          anything,
        ),
        key: fc.constantFrom("k", 1),
        value: anything,
        seq: fc.oneof(fc.nat(), anything),
        data: fc.constant([]),
        message: fc.constant("no"),
        v: fc.constant(2),
        epoch: anything,
        acks: fc.oneof(fc.array(fc.array(anything)), anything),
        limits: anything,
        prev: anything,
        head: anything,
        held: fc.oneof(fc.array(anything), anything),
        holds: fc.oneof(fc.array(anything), anything),
        from: anything,
        replace: anything,
        n: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(frame, anything), (input) => {
        try {
          checkSessionMessageFromDb(input);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

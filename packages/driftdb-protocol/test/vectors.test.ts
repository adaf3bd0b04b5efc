import assert from "node:assert/strict";
import {
  checkMessageFromDb,
  checkMessageToDb,
  checkSessionMessageFromDb,
  checkSessionMessageToDb,
  checkSize,
  FrameError,
  json,
} from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { describe, expect, it } from "vitest";
import { goldenVectors, type Vector } from "./golden.js";

const vectors = goldenVectors();
const codecs = { json, cbor };

/** What a server does with a frame that comes up, and a client with one that comes down. */
function read({
  direction,
  codec,
  frame,
  level,
}: Pick<Vector, "direction" | "codec" | "frame" | "level">): unknown {
  if (direction === "up") checkSize(frame);
  return check(direction, level, codecs[codec].decode(frame));
}

function check(direction: Vector["direction"], level: Vector["level"], decoded: unknown): unknown {
  if (direction === "up") return level ? checkSessionMessageToDb(decoded) : checkMessageToDb(decoded);
  // A session's frames have no others in the vectors than those that are known.
  return level ? checkSessionMessageFromDb(decoded) : known(checkMessageFromDb(decoded));
}

/** The fields that P4 knows: checkMessageFromDb keeps the others. */
function known(message: object): unknown {
  const fields: Record<string, unknown> = {};
  for (const name of ["type", "key", "value", "seq", "data", "size", "nonce", "message", "code"] as const) {
    if (name in message) fields[name] = (message as Record<string, unknown>)[name];
  }
  if (Array.isArray(fields.data)) fields.data = fields.data.map(({ value, seq }) => ({ value, seq }));
  return fields;
}

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("golden vectors", () => {
  it("name each vector once, and cover what they promise", () => {
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    const bad = vectors.filter(({ direction, error }) => direction === "up" && error);
    expect(bad.length).toBeGreaterThanOrEqual(300);
    const session = vectors.filter(({ level }) => level);
    expect(new Set(session.map(({ rule }) => rule))).toEqual(
      new Set(["S1", "S2", "S3", "S4", "S6", "S7", "S8", "S9", "D23", "P3", "P4", "P5", "P6", "P10"]),
    );
    for (const { message, error, name } of vectors) {
      expect(message !== undefined, `${name}: a message or an error`).toBe(error === undefined);
    }
  });

  for (const vector of vectors.filter(({ message, decode }) => message !== undefined && decode)) {
    it(`${vector.rule} ${vector.name}`, () => {
      assert.deepStrictEqual(read(vector), vector.message);
    });
  }

  for (const vector of vectors.filter(({ error }) => error)) {
    it(`${vector.rule} refuses ${vector.name}`, () => {
      const error = errorOf(() => read(vector)) as FrameError;
      expect(error).toBeInstanceOf(FrameError);
      expect(error.code).toBe(vector.error?.code);
      expect(error.n).toBe(vector.error?.n);
      expect(error.message.startsWith(vector.error?.field ?? "")).toBe(true);
      // The sender is told what was wrong, not given all of it back.
      expect(error.message.length).toBeLessThan(300);
    });
  }

  for (const vector of vectors.filter(({ encode }) => encode)) {
    it(`${vector.rule} is how ${vector.name} is written`, () => {
      const frame = codecs[vector.codec].encode(vector.message as object);
      const bytes = typeof frame === "string" ? new TextEncoder().encode(frame) : frame;
      expect(Buffer.from(bytes).toString(vector.codec === "json" ? "utf8" : "hex")).toBe(
        Buffer.from(vector.frame).toString(vector.codec === "json" ? "utf8" : "hex"),
      );
    });
  }
});

describe("every message of the golden vectors", () => {
  const good = vectors.filter(({ message, decode }) => message !== undefined && decode);

  it("P7 means the same after it has gone through CBOR", () => {
    for (const vector of good) {
      const frame = cbor.encode(vector.message as object) as Uint8Array;
      assert.deepStrictEqual(read({ ...vector, codec: "cbor", frame }), vector.message, vector.name);
    }
  });

  it("P7 means the same after it has gone through JSON, unless there is a byte string in it", () => {
    for (const vector of good) {
      const text = json.encode(vector.message as object) as string;
      const { direction, level } = vector;
      const through = direction === "up" ? check(direction, level, json.decode(text)) : json.decode(text);
      assert.deepStrictEqual(through, numbersForBytes(vector.message), vector.name);
    }
  });

  it("P10 is refused when it is cut off anywhere as CBOR", () => {
    for (const { frame, codec, direction, level, name } of good) {
      if (codec !== "cbor" || frame.length > 2_000) continue;
      for (let length = 0; length < frame.length; length++) {
        const error = errorOf(() =>
          read({ direction, codec, level, frame: frame.subarray(0, length) }),
        ) as FrameError;
        expect(error, `${name}, ${length} bytes`).toBeInstanceOf(FrameError);
        expect(error.code, `${name}, ${length} bytes`).toBe("not_cbor");
      }
    }
  });
});

/** What a JSON client sees of byte strings. */
function numbersForBytes(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(numbersForBytes);
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    Object.defineProperty(fields, name, { value: numbersForBytes(field), enumerable: true });
  }
  return fields;
}

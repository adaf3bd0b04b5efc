import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameError } from "./errors.js";
import { json, stringify } from "./json.js";

describe("json", () => {
  it("gives back any JSON value, from text and from bytes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
        const text = json.encode({ value }) as string;
        expect(text).toBe(JSON.stringify({ value }));
        // Of -0 JSON.stringify makes 0.
        expect(json.decode(text)).toStrictEqual(JSON.parse(text));
        expect(json.decode(new TextEncoder().encode(text))).toStrictEqual(JSON.parse(text));
        expect(json.encode(json.decode(text) as object)).toBe(text);
      }),
    );
  });

  it("throws nothing but FrameError, on text and on bytes", () => {
    const texts = fc
      .tuple(fc.json(), fc.nat(), fc.string())
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put);
    const read = (frame: string | Uint8Array) => {
      try {
        json.decode(frame);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
        expect(error).toHaveProperty("code", "not_json");
      }
    };
    fc.assert(fc.property(texts, read), { numRuns: 500 });
    fc.assert(fc.property(fc.uint8Array(), read), { numRuns: 500 });
  });

  it("reads a million brackets", () => {
    const deep = "[".repeat(500_000) + "]".repeat(500_000);
    expect(Array.isArray(json.decode(deep))).toBe(true);
    expect(() => json.decode("[".repeat(1_000_000))).toThrow(FrameError);
  });

  it("makes __proto__ a field, and nobody's prototype", () => {
    const decoded = json.decode('{"__proto__":{"polluted":true}}') as object;
    expect(Object.keys(decoded)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(stringify(decoded)).toBe('{"__proto__":{"polluted":true}}');
  });
});

describe("stringify", () => {
  it("P7 spells byte strings as arrays of numbers, wherever and of whichever kind", () => {
    const memory = new Uint8Array([9, 1, 2, 9]);
    expect(stringify(memory.subarray(1, 3))).toBe("[1,2]");
    expect(stringify({ a: Buffer.from([1, 2]), b: [Buffer.from([255]).subarray(0, 1)] })).toBe(
      '{"a":[1,2],"b":[[255]]}',
    );
    expect(stringify([new DataView(memory.buffer, 1, 2), new Uint8ClampedArray([300])])).toBe(
      "[[1,2],[255]]",
    );
    expect(stringify(new Uint16Array(new Uint8Array([1, 2, 3, 4]).buffer))).toBe("[1,2,3,4]");
    expect(stringify({ v: { toJSON: () => new Uint8Array([7]) } })).toBe('{"v":[7]}');
    expect(stringify({ v: new Uint8Array() })).toBe('{"v":[]}');
  });

  it("is JSON.stringify for everything else", () => {
    const value = { d: new Date(0), u: undefined, n: null, a: [undefined, 1.5], s: "\ud800", toJSON: 1 };
    expect(stringify(value)).toBe(JSON.stringify(value));
  });
});

import * as cborg from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../test/golden.js";
import { FrameError } from "../errors.js";
import { json, stringify } from "../json.js";
import { cbor } from "./codec.js";

const encode = (value: unknown) => cbor.encode(value as object) as Uint8Array;
const hex = (value: unknown) => Buffer.from(encode(value)).toString("hex");
/** Without -0, of which JSON.stringify makes 0. */
const jsonValue = fc
  .jsonValue({ stringUnit: "binary" })
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown);

/** JSON values with byte strings among them. */
const value = valuesOf(jsonValue, 5);

/** A few items of each kind, so that a change at random mostly hits a head. */
const small = valuesOf(fc.oneof(fc.string({ maxLength: 3 }), fc.integer(), fc.double(), fc.boolean()), 3);

function valuesOf(leaf: fc.Arbitrary<unknown>, maxDepth: number): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth },
      leaf,
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie("value")),
      fc.dictionary(fc.oneof(fc.string({ unit: "binary" }), fc.constant("__proto__")), tie("value"), {
        noNullPrototype: true,
      }),
    ),
  })).value;
}

/** cborg takes a byte order mark at the start of a text for no part of it. */
const withoutMark = (value: unknown) => !stringify(value).includes("\ufeff");

describe("cbor", () => {
  it("P7 gives back any JSON value, and byte strings", () => {
    fc.assert(
      fc.property(value, (value) => {
        expect(cbor.decode(encode(value))).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("P7 says the same as JSON, with the fields in the same order", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = stringify(value);
        expect(stringify(cbor.decode(encode(value)))).toBe(text);
        expect(cbor.decode(encode(json.decode(text)))).toStrictEqual(json.decode(text));
      }),
    );
  });

  it("is read by another implementation, and reads what that writes", () => {
    fc.assert(
      fc.property(value.filter(withoutMark), (value) => {
        expect(cborg.decode(encode(value))).toStrictEqual(value);
        expect(cbor.decode(cborg.encode(value))).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("writes each kind of item as short as it says it does", () => {
    expect(hex([0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296])).toBe(
      "8900171818" + "18ff190100" + "19ffff" + "1a00010000" + "1affffffff" + "1b0000000100000000",
    );
    expect(hex([-1, -24, -25, -0, 1.5, 0.1, 2 ** 53])).toBe(
      "872037381800fa3fc00000fb3fb999999999999afa5a000000",
    );
    expect(hex({ b: "é", a: new Uint8Array([1]) })).toBe("a2616262c3a961614101");
  });

  it("writes what it writes however full its memory is", () => {
    for (let length = 200; length < 600; length++) {
      const message = {
        pad: "x".repeat(length),
        items: [1.1, 1.5, 2 ** 40, 70_000, 300, 30, "é", "ascii", true],
      };
      expect(cbor.decode(encode(message))).toStrictEqual(message);
    }
  });

  it("writes what JSON.stringify would say of what is no JSON", () => {
    const same = [
      { a: undefined, b: [undefined, () => {}, Symbol("x")], c: () => {}, d: Symbol("x") },
      [Number.NaN, Number.NEGATIVE_INFINITY, -0],
      // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
      [1, , 3],
      { at: new Date(0), self: { toJSON: (name: string) => `field ${name}` }, toJSON: 5 },
      new Date(0),
      { items: [{ toJSON: (name: string) => name }] },
    ];
    for (const value of same) {
      expect(cbor.decode(encode(value))).toStrictEqual(JSON.parse(JSON.stringify(value)));
    }
  });

  it("P7 takes byte strings of any kind for the bytes under them", () => {
    const memory = Buffer.from([9, 1, 2, 9]);
    for (const bytes of [memory.subarray(1, 3), new DataView(memory.buffer, memory.byteOffset + 1, 2)]) {
      expect(cbor.decode(encode({ bytes }))).toStrictEqual({ bytes: Uint8Array.of(1, 2) });
    }
  });

  it("gives byte strings that live on when the frame's memory is used again", () => {
    for (const frame of [
      encode({ b: Uint8Array.of(1, 2) }),
      Buffer.from(encode({ b: Uint8Array.of(1, 2) })),
    ]) {
      const decoded = cbor.decode(frame);
      frame.fill(0);
      expect(decoded).toStrictEqual({ b: Uint8Array.of(1, 2) });
    }
  });

  it("makes __proto__ a field, and nobody's prototype", () => {
    const decoded = cbor.decode(fromHex("a1695f5f70726f746f5f5fa1617801")) as object;
    expect(Object.keys(decoded)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(hex(decoded)).toBe("a1695f5f70726f746f5f5fa1617801");
  });

  it("keeps a byte order mark, and refuses text that is not UTF-8", () => {
    expect(cbor.decode(encode(["\ufeff", "\ufeffa", `\ufeff${"a".repeat(50)}`]))).toStrictEqual([
      "\ufeff",
      "\ufeffa",
      `\ufeff${"a".repeat(50)}`,
    ]);
    expect(() => cbor.decode(fromHex("8261ff00"))).toThrow("byte 2 begins a text that is not UTF-8");
    expect(() => cbor.decode(fromHex(`7820${"61".repeat(31)}ff`))).toThrow(FrameError);
  });

  it("reads every half-precision number as another implementation does", () => {
    const different: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const frame = Uint8Array.of(0xf9, bits >> 8, bits & 255);
      if (!Object.is(cbor.decode(frame), cborg.decode(frame))) different.push(bits);
    }
    expect(different).toEqual([]);
  });

  it("refuses text", () => {
    expect(() => cbor.decode("{}")).toThrow("the frame is text");
  });

  it("takes nothing, cut or changed at random, that another implementation does not take", () => {
    const tags = { 64: (content: () => unknown) => content() };
    const change = fc.record({ at: fc.nat(), put: fc.uint8Array({ maxLength: 4 }), drop: fc.nat(4) });
    let taken = 0;
    fc.assert(
      fc.property(small.filter(withoutMark), change, (value, { at, put, drop }) => {
        const bytes = [...encode({ value, key: "k", nested: [value] })];
        bytes.splice(at % bytes.length, drop, ...put);
        const frame = Uint8Array.from(bytes);
        let decoded: unknown;
        try {
          decoded = cbor.decode(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
          return;
        }
        taken++;
        // Compared as JSON, for what is undefined in it is gone.
        const text = stringify(decoded);
        if (!text.includes("\ufeff")) expect(text).toBe(stringify(cborg.decode(frame, { tags })));
        expect(stringify(cbor.decode(encode(decoded)))).toBe(text);
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

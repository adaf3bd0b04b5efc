import * as cborg from "cborg";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../test/golden.js";
import { FrameError } from "../errors.js";
import { scanCbor } from "./scan.js";

function verdict(bytes: Uint8Array): string {
  try {
    scanCbor(bytes);
    return "taken";
  } catch (error) {
    expect(error).toBeInstanceOf(FrameError);
    return (error as FrameError).message;
  }
}

describe("scanCbor", () => {
  it("takes whatever cborg has written", () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 6 },
        fc.string({ unit: "binary" }),
        fc.maxSafeInteger(),
        fc.double(),
        fc.uint8Array(),
        fc.constantFrom(true, false, null, undefined),
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(value, fc.boolean(), (value, float64) => {
        const bytes = cborg.encode(value, { float64 });
        expect(verdict(bytes)).toBe("taken");
        for (const cut of [0, 1, bytes.length >> 1, bytes.length - 1]) {
          if (cut < bytes.length) expect(verdict(bytes.subarray(0, cut))).not.toBe("taken");
        }
        expect(verdict(Uint8Array.of(...bytes, 0))).not.toBe("taken");
      }),
      { numRuns: 300 },
    );
  });

  it("takes an item as a whole, tagged or not, within a larger buffer", () => {
    const memory = fromHex("ff d8404101 ff".replaceAll(" ", ""));
    expect(verdict(memory.subarray(1, 5))).toBe("taken");
    expect(verdict(memory.subarray(3, 5))).toBe("taken");
    expect(verdict(memory.subarray(1, 6))).toContain("byte 4 comes after the end");
  });

  it("says where it stopped, counted from 0", () => {
    expect(verdict(fromHex("82015f"))).toContain("byte 2 gives no length");
    expect(verdict(fromHex("a10102"))).toContain("byte 1 is no text, where the key of a map is due");
    expect(verdict(fromHex("8201c24101"))).toContain("byte 2 is tag 2");
    expect(verdict(fromHex("bf6161ff"))).toContain("byte 3 ends a map after a key");
    expect(verdict(fromHex("820118"))).toContain("byte 2 is the head of an item that is not complete");
    expect(verdict(fromHex("8200bb8000000000000000"))).toContain("byte 2 has 18446744073709552000 items");
    expect(verdict(fromHex("5b8000000000000000"))).toContain("byte 0 has a length of 9223372036854776000");
  });

  it("allows 67 levels: the 64 of a value, in the items of an init's data", () => {
    const levels = (open: string, count: number, core: string, close = "") =>
      fromHex(open.repeat(count) + core + close.repeat(count));
    for (const [open, core, close] of [
      ["81", "00", ""],
      ["a160", "00", ""],
      ["9f", "00", "ff"],
      ["bf60", "00", "ff"],
    ] as const) {
      expect(verdict(levels(open, 67, core, close))).toBe("taken");
      expect(verdict(levels(open, 68, core, close))).toContain("more than 64 levels deep");
    }
    expect(verdict(levels("81", 67, "80"))).toContain("more than 64 levels deep");
  });

  it("ends at once on bombs that never end", () => {
    for (const bomb of ["81", "9f", "a160", "bf60", "d840", "9bffffffffffffffff", "9b0000000000000001"]) {
      expect(verdict(fromHex(bomb.repeat(30_000)))).not.toBe("taken");
    }
  });

  it("throws nothing but FrameError on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void verdict(bytes)),
      { numRuns: 5_000 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { FrameError } from "../errors.js";
import { MAX_MESSAGE_BYTES } from "../limits.js";
import { checkSize } from "./size.js";

const MIB = MAX_MESSAGE_BYTES;

describe("checkSize", () => {
  it("takes a frame of 1 MiB and refuses one byte more", () => {
    expect(() => checkSize("x".repeat(MIB))).not.toThrow();
    expect(() => checkSize(new Uint8Array(MIB))).not.toThrow();
    for (const frame of ["x".repeat(MIB + 1), new Uint8Array(MIB + 1), `${"x".repeat(MIB - 1)}é`]) {
      expect(() => checkSize(frame)).toThrow(FrameError);
      expect(() => checkSize(frame)).toThrow(`the message has ${MIB + 1} bytes: send at most ${MIB}`);
    }
  });

  it("counts text in UTF-8", () => {
    expect(() => checkSize("é".repeat(5), 10)).not.toThrow();
    expect(() => checkSize("é".repeat(5), 9)).toThrow("has 10 bytes: send at most 9");
    expect(() => checkSize("😀", 4)).not.toThrow();
    expect(() => checkSize("😀", 3)).toThrow("has 4 bytes");
  });
});

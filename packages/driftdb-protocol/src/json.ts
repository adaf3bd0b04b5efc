import { toBytes, utf8 } from "./bytes.js";
import { cut } from "./check/describe-value.js";
import type { Codec } from "./codec.js";
import { FrameError } from "./errors.js";

/** JSON text (RFC 8259), in UTF-8 where it comes as bytes. Byte strings become arrays of numbers (P7). */
export const json: Codec = {
  name: "json",

  encode: (message) => stringify(message),

  decode(frame) {
    try {
      return JSON.parse(typeof frame === "string" ? frame : utf8(frame)) as unknown;
    } catch (error) {
      throw new FrameError("not_json", `the frame is not JSON: ${cut((error as Error).message, 120)}`);
    }
  },
};

/** `JSON.stringify` for values that may hold byte strings. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, bytesAsNumbers);
}

// `this` holds the value before its toJSON, which a Buffer has, was called.
function bytesAsNumbers(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const raw = this[key];
  const bytes = ArrayBuffer.isView(raw) ? raw : value;
  return ArrayBuffer.isView(bytes) ? Array.from(toBytes(bytes)) : value;
}

import { toBytes, utf8 } from "./bytes.js";
import { cut } from "./check/describe-value.js";
import type { Codec } from "./codec.js";
import { ERROR_NOT_JSON } from "./error-codes.js";
import { FrameError } from "./errors.js";

/** JSON (RFC 8259), as text or as UTF-8 bytes. Byte strings become arrays of numbers (P7). */
export const json: Codec = {
  name: "json",

  encode: (message) => stringify(message),

  decode(frame) {
    try {
      return JSON.parse(typeof frame === "string" ? frame : utf8(frame)) as unknown;
    } catch (error) {
      throw new FrameError(ERROR_NOT_JSON, `the frame is not JSON: ${cut((error as Error).message, 120)}`);
    }
  },
};

/** `JSON.stringify` for values that may contain byte strings. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, bytesAsNumbers);
}

// JSON.stringify calls toJSON first, which a Buffer has. `this[key]` is the value before that.
function bytesAsNumbers(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const raw = this[key];
  const bytes = ArrayBuffer.isView(raw) ? raw : value;
  return ArrayBuffer.isView(bytes) ? Array.from(toBytes(bytes)) : value;
}

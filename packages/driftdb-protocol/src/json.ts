import type { Codec } from "./codec.js";
import { FrameError } from "./errors.js";

/** JSON text (RFC 8259). Byte strings become arrays of numbers (P7). */
export const json: Codec = {
  name: "json",

  encode: (message) => stringify(message),

  decode(frame) {
    const text = typeof frame === "string" ? frame : new TextDecoder().decode(frame);
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new FrameError("not_json", `the frame is not JSON: ${(error as Error).message}`);
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
  return ArrayBuffer.isView(raw) ? Array.from(toBytes(raw)) : value;
}

/** The bytes under any typed array or view. */
export function toBytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

import { decode, encode } from "cborg";
import { BYTES_TAG, scanCbor } from "./cbor-scan.js";
import type { Codec } from "./codec.js";
import { FrameError } from "./errors.js";
import { toBytes } from "./json.js";

/**
 * CBOR (RFC 8949) of the JSON data model plus byte strings (P7). An entry point of its own, so that
 * only those who ask for CBOR load it.
 */
export const cbor: Codec = {
  name: "cbor",

  encode: (message) => encode(jsonShape(message), ENCODE) as Uint8Array<ArrayBuffer>,

  decode(frame) {
    if (typeof frame === "string") throw new FrameError("not_cbor", "the frame is text: send binary");
    scanCbor(frame);
    try {
      return decode(frame, DECODE) as unknown;
    } catch (error) {
      throw new FrameError(
        "not_cbor",
        `the frame is not CBOR that DriftDB takes: ${(error as Error).message}`,
      );
    }
  },
};

// Map keys keep the order they were written in, as they do in JSON.
const ENCODE = { mapSorter: () => 0 };

const DECODE = { tags: { [BYTES_TAG]: (content: () => unknown) => content() } };

/** What `JSON.stringify` makes of a value (toJSON, no undefined), with byte strings left as they are. */
function jsonShape(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return toBytes(value);
  if ("toJSON" in value && typeof value.toJSON === "function") return jsonShape(value.toJSON());
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : jsonShape(item)));
  const shape: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    // A plain assignment would set the prototype.
    if (name === "__proto__")
      Object.defineProperty(shape, name, { value: jsonShape(field), enumerable: true });
    else shape[name] = jsonShape(field);
  }
  return shape;
}

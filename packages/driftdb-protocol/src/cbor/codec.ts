import type { Codec } from "../codec.js";
import { FrameError } from "../errors.js";
import { readCbor } from "./read.js";
import { scanCbor } from "./scan.js";
import { writeCbor } from "./write.js";

export { Encoded } from "./write.js";

/**
 * CBOR (RFC 8949) of the JSON data model plus byte strings (P7). An entry point of its own, so that
 * only those who ask for CBOR load it.
 */
export const cbor: Codec = {
  name: "cbor",

  encode: writeCbor,

  decode(frame) {
    if (typeof frame === "string") throw new FrameError("not_cbor", "the frame is text: send binary");
    scanCbor(frame);
    return readCbor(frame);
  },
};

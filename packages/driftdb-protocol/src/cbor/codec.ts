import type { Codec } from "../codec.js";
import { ERROR_NOT_CBOR } from "../error-codes.js";
import { FrameError } from "../errors.js";
import { readCbor } from "./read.js";
import { scanCbor } from "./scan.js";
import { writeCbor } from "./write.js";

export type { Codec } from "../codec.js";
export { Encoded } from "./write.js";

/**
 * CBOR (RFC 8949) with the data model of JSON plus byte strings (P7). It is an entry point of its own, so
 * that only applications that use CBOR load it.
 */
export const cbor: Codec = {
  name: "cbor",

  encode: writeCbor,

  decode(frame) {
    if (typeof frame === "string") throw new FrameError(ERROR_NOT_CBOR, "the frame is text: send binary");
    scanCbor(frame);
    return readCbor(frame);
  },
};

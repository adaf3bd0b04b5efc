import { createEncoder, type Encoder, toUint8Array } from "lib0/encoding";
import type { Outgoing } from "./dialect.js";

/**
 * The first number in a frame of y-websocket; in a frame of Hocuspocus, the one after the document's name.
 */
export const SYNC = 0;
export const AWARENESS = 1;
export const AUTH = 2;

/** The number after `SYNC`. */
export const STEP_1 = 0;
export const STEP_2 = 1;
export const UPDATE = 2;

/** The state vector of an empty document. */
export const EMPTY_STATE = Uint8Array.of(0);

/** A frame that lib0 encodes. */
export function frame(write: (encoder: Encoder) => void): Outgoing {
  const encoder = createEncoder();
  write(encoder);
  return { payload: Buffer.from(toUint8Array(encoder)), binary: true };
}

/** The offset behind the document's name in a frame of Hocuspocus. The name has fewer than 128 bytes. */
export const behindName = (payload: Buffer): number => 1 + (payload[0] ?? 0);

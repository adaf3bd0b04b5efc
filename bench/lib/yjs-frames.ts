import { createEncoder, type Encoder, toUint8Array } from "lib0/encoding";
import type { Outgoing } from "./dialect.js";

/** The first number of a frame of y-websocket, or the one after the document's name in a frame of Hocuspocus. */
export const SYNC = 0;
export const AWARENESS = 1;
export const AUTH = 2;

/** The number after `SYNC`. */
export const STEP_1 = 0;
export const STEP_2 = 1;
export const UPDATE = 2;

/** What a document in which nothing is knows: nothing of nobody. */
export const EMPTY_STATE = Uint8Array.of(0);

/** A frame as lib0 writes it. */
export function frame(write: (encoder: Encoder) => void): Outgoing {
  const encoder = createEncoder();
  write(encoder);
  return { payload: Buffer.from(toUint8Array(encoder)), binary: true };
}

/** Where a frame of Hocuspocus goes on behind the document's name, which has fewer than 128 bytes. */
export const behindName = (payload: Buffer): number => 1 + (payload[0] ?? 0);

import { ERROR_BAD_MESSAGE } from "../error-codes.js";
import { FrameError } from "../errors.js";
import type { MessageFromDb } from "../messages.js";
import { describeValue } from "./describe-value.js";
import { isCount, isOptional, isText, type UnknownFrame } from "./predicates.js";

/**
 * Checks a frame of the server (P4). It keeps unknown fields, and does not look into values.
 *
 * @param input a decoded frame.
 * @throws {FrameError} `bad_message` for a frame of an unknown type or shape.
 */
export function checkMessageFromDb(input: unknown): MessageFromDb {
  const frame = (input ?? {}) as UnknownFrame;
  // Servers of version 1.0 write a missing nonce as null.
  if (frame.type === "pong" && frame.nonce === null) return { type: "pong" };
  if (isMessage(frame)) return frame as unknown as MessageFromDb;
  throw new FrameError(
    ERROR_BAD_MESSAGE,
    `the server sent an unknown frame, of type ${describeValue(frame.type)}: update the older of client and server`,
  );
}

function isMessage(frame: UnknownFrame): boolean {
  switch (frame.type) {
    case "push":
      return isText(frame.key) && isCount(frame.seq) && frame.value !== undefined;
    case "init":
      return isText(frame.key) && Array.isArray(frame.data) && frame.data.every(isSequenceValue);
    case "stream_size":
      return isText(frame.key) && isCount(frame.size);
    case "pong":
      return isOptional((nonce) => typeof nonce === "number", frame.nonce);
    case "error":
      return isText(frame.message) && isOptional(isText, frame.code);
    default:
      return false;
  }
}

function isSequenceValue(item: unknown): boolean {
  const { value, seq } = (item ?? {}) as UnknownFrame;
  return value !== undefined && isCount(seq);
}

import { FrameError } from "../errors.js";
import type { MessageFromDb } from "../messages.js";
import { describeValue } from "./describe-value.js";

/**
 * Checks what a server sent (P4). Unknown fields are kept; values are taken as they are.
 *
 * @param input a decoded frame.
 * @throws {FrameError} `bad_message`, for a frame of an unknown type or shape.
 */
export function checkMessageFromDb(input: unknown): MessageFromDb {
  const frame = (input ?? {}) as Partial<Record<string, unknown>>;
  const { type, key, seq, nonce } = frame;
  const keyed = typeof key === "string";
  if (
    (type === "push" && keyed && isSeq(seq) && frame.value !== undefined) ||
    (type === "init" && keyed && Array.isArray(frame.data) && frame.data.every(isSequenceValue)) ||
    (type === "stream_size" && keyed && isSeq(frame.size)) ||
    (type === "pong" && (nonce === undefined || typeof nonce === "number")) ||
    (type === "error" && typeof frame.message === "string" && /string|undefined/.test(typeof frame.code))
  ) {
    return frame as unknown as MessageFromDb;
  }
  // The servers of 1.0 spell a missing nonce so.
  if (type === "pong" && nonce === null) return { type };
  throw new FrameError(
    "bad_message",
    `the server sent a frame that this client does not know, of type ${describeValue(type)}: is one of them too old?`,
  );
}

function isSeq(seq: unknown): boolean {
  return Number.isSafeInteger(seq) && (seq as number) >= 0;
}

function isSequenceValue(item: unknown): boolean {
  const { value, seq } = (item ?? {}) as Partial<Record<string, unknown>>;
  return value !== undefined && isSeq(seq);
}

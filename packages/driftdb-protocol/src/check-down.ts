import { FrameError } from "./errors.js";
import type { MessageFromDb } from "./messages.js";

/**
 * Checks what a server sent (P4). Unknown fields are kept.
 *
 * @param input a decoded frame.
 * @throws {FrameError} `bad_message`, for a frame of an unknown type or shape.
 */
export function checkMessageFromDb(input: unknown): MessageFromDb {
  const frame = (input ?? {}) as Partial<Record<string, unknown>>;
  const { type, key, seq } = frame;
  const keyed = typeof key === "string";
  if (
    (type === "push" && keyed && isSeq(seq) && "value" in frame) ||
    (type === "init" && keyed && Array.isArray(frame.data) && frame.data.every(isSequenceValue)) ||
    (type === "stream_size" && keyed && isSeq(frame.size)) ||
    type === "pong" ||
    (type === "error" && typeof frame.message === "string")
  ) {
    return frame as unknown as MessageFromDb;
  }
  throw new FrameError(
    "bad_message",
    `the server sent a frame that this client does not know, of type ${String(type)}: is one of them too old?`,
  );
}

function isSeq(seq: unknown): boolean {
  return Number.isSafeInteger(seq) && (seq as number) >= 0;
}

function isSequenceValue(item: unknown): boolean {
  return typeof item === "object" && item !== null && "value" in item && "seq" in item && isSeq(item.seq);
}

import { ERROR_BAD_MESSAGE } from "../error-codes.js";
import { FrameError } from "../errors.js";
import { SESSION_VERSION } from "../limits.js";
import type { SessionMessageFromDb } from "../session-messages.js";
import { describeValue } from "./describe-value.js";
import { checkMessageFromDb } from "./plain-down.js";
import { isCount, isFlag, isOptional, isText, type UnknownFrame } from "./predicates.js";

/**
 * Checks a frame of the server on a session connection: `hello`, `ack`, `release`, `holds`, and the frames of
 * plain connections with the fields of sessions (S1, S4, S6, S7, S9, D23). It keeps unknown fields, and does
 * not look into values.
 *
 * @param input a decoded frame.
 * @throws {FrameError} `bad_message` for a frame of an unknown type or shape.
 */
export function checkSessionMessageFromDb(input: unknown): SessionMessageFromDb {
  const frame = (input ?? {}) as UnknownFrame;
  switch (frame.type) {
    case "hello":
    case "ack":
    case "release":
    case "holds":
      if (isSessionFrame(frame)) return frame as unknown as SessionMessageFromDb;
      break;
    default: {
      const message = checkMessageFromDb(input);
      if (hasSessionFields(frame)) return message as SessionMessageFromDb;
    }
  }
  throw new FrameError(
    ERROR_BAD_MESSAGE,
    `the server sent a frame of type ${describeValue(frame.type)} with a bad field`,
  );
}

/** Whether a frame of a type that only sessions have is right. */
function isSessionFrame(frame: UnknownFrame): boolean {
  switch (frame.type) {
    case "hello":
      return isHello(frame) && isAcks(frame.acks);
    case "ack":
      return isAcks(frame.acks);
    case "release":
      return isText(frame.key) && isText(frame.from) && isCount(frame.seq);
    default:
      return isText(frame.key) && isCount(frame.seq) && areHolds(frame.holds, frame.seq);
  }
}

/** Whether the fields that a session adds to a frame of a plain connection are right. */
function hasSessionFields(frame: UnknownFrame): boolean {
  switch (frame.type) {
    case "push":
      return (
        isOptional(isCount, frame.prev) && isOptional(isFlag, frame.replace) && isOptional(isText, frame.from)
      );
    case "init":
      return isCount(frame.head) && isOptional(isFlag, frame.reset) && isOptional(isHeld, frame.held);
    case "error":
      return isOptional(isCount, frame.n);
    default:
      return true;
  }
}

function isHello(frame: UnknownFrame): boolean {
  const limits = (frame.limits ?? {}) as UnknownFrame;
  return (
    frame.v === SESSION_VERSION &&
    isText(frame.epoch) &&
    isCount(frame.seq) &&
    isText(frame.you) &&
    isText(frame.term) &&
    isFlag(frame.resumed) &&
    isCount(frame.acked) &&
    isLimit(limits.messageBytes) &&
    isLimit(limits.inFlight) &&
    isOptional(isLimit, limits.messagesPerSecond) &&
    isOptional(isLimit, limits.messageBurst) &&
    isOptional(isLimit, limits.bytesPerSecond)
  );
}

function isAcks(acks: unknown): boolean {
  return Array.isArray(acks) && acks.every(isAck);
}

function isAck(ack: unknown): boolean {
  return Array.isArray(ack) && ack.length === 2 && ack.every(isCount);
}

function isHeld(held: unknown): boolean {
  return (
    Array.isArray(held) &&
    held.every((item) => {
      const { from, value, seq } = (item ?? {}) as UnknownFrame;
      return isText(from) && value !== undefined && isCount(seq);
    })
  );
}

/** Pairs of a distance back to a seq of at least 1, and a value. */
function areHolds(holds: unknown, seq: number): boolean {
  if (!Array.isArray(holds) || holds.length === 0 || holds.length % 2 !== 0) return false;
  for (let i = 0; i < holds.length; i += 2) {
    const [back, value] = [holds[i], holds[i + 1]];
    const own = seq + i / 2;
    if (!isCount(back) || back < 1 || back >= own || value === undefined) return false;
  }
  return true;
}

function isLimit(limit: unknown): boolean {
  return typeof limit === "number" && limit > 0;
}

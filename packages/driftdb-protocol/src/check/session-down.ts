import { FrameError } from "../errors.js";
import type { SessionMessageFromDb } from "../session-messages.js";
import { describeValue } from "./describe-value.js";
import { checkMessageFromDb } from "./plain-down.js";

/**
 * Checks what a server sent on a session connection: what it may send on a plain one, with the session's fields, and
 * `hello`, `ack`, `release` and `holds` beside (S1, S4, S6, S7, S9, D23). Unknown fields are kept; values are taken as they are.
 *
 * @param input a decoded frame.
 * @throws {FrameError} `bad_message`, for a frame of an unknown type or shape.
 */
export function checkSessionMessageFromDb(input: unknown): SessionMessageFromDb {
  const frame = (input ?? {}) as Partial<Record<string, unknown>>;
  if (frame.type === "hello" || frame.type === "ack") {
    if (isAcks(frame.acks) && (frame.type === "ack" || isHello(frame))) {
      return frame as unknown as SessionMessageFromDb;
    }
  } else if (frame.type === "release") {
    const { key, from, seq } = frame;
    if (typeof key === "string" && typeof from === "string" && isCount(seq)) {
      return frame as unknown as SessionMessageFromDb;
    }
  } else if (frame.type === "holds") {
    const { key, seq, holds } = frame;
    if (typeof key === "string" && isCount(seq) && areHolds(holds, seq as number)) {
      return frame as unknown as SessionMessageFromDb;
    }
  } else {
    const message = checkMessageFromDb(input);
    const { prev, replace, from, head, reset, held = [], n } = frame;
    if (
      (message.type === "push" &&
        isOptional(isCount, prev) &&
        isOptional(isFlag, replace) &&
        isOptional(isText, from)) ||
      (message.type === "init" && isCount(head) && isOptional(isFlag, reset) && isHeld(held)) ||
      (message.type === "error" && isOptional(isCount, n)) ||
      message.type === "stream_size" ||
      message.type === "pong"
    ) {
      return message as SessionMessageFromDb;
    }
  }
  throw new FrameError(
    "bad_message",
    `the server sent a frame of type ${describeValue(frame.type)} with a bad field`,
  );
}

function isHello({
  v,
  epoch,
  seq,
  you,
  term,
  resumed,
  acked,
  limits,
}: Partial<Record<string, unknown>>): boolean {
  const { messageBytes, inFlight, messagesPerSecond, messageBurst, bytesPerSecond } = (limits ??
    {}) as Partial<Record<string, unknown>>;
  return (
    v === 2 &&
    typeof epoch === "string" &&
    isCount(seq) &&
    typeof you === "string" &&
    typeof term === "string" &&
    typeof resumed === "boolean" &&
    isCount(acked) &&
    [messageBytes, inFlight].every(isLimit) &&
    [messagesPerSecond, messageBurst, bytesPerSecond].every((rate) => isOptional(isLimit, rate))
  );
}

function isAcks(acks: unknown): boolean {
  return (
    Array.isArray(acks) && acks.every((ack) => Array.isArray(ack) && ack.length === 2 && ack.every(isCount))
  );
}

function isHeld(held: unknown): boolean {
  return (
    Array.isArray(held) &&
    held.every((item) => {
      const { from, value, seq } = (item ?? {}) as Partial<Record<string, unknown>>;
      return isText(from) && value !== undefined && isCount(seq);
    })
  );
}

/** Pairs of how far back, to a seq of 1 at least, and a value. */
function areHolds(holds: unknown, seq: number): boolean {
  return (
    Array.isArray(holds) &&
    holds.length > 0 &&
    holds.length % 2 === 0 &&
    holds.every((item, i) =>
      i % 2 ? item !== undefined : isCount(item) && (item as number) > 0 && (item as number) < seq + i / 2,
    )
  );
}

function isOptional(is: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || is(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

function isLimit(limit: unknown): boolean {
  return typeof limit === "number" && limit > 0;
}

function isCount(count: unknown): boolean {
  return Number.isSafeInteger(count) && (count as number) >= 0;
}

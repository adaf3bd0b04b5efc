import { checkMessageFromDb } from "./check-down.js";
import { FrameError } from "./errors.js";
import type { SessionMessageFromDb } from "./session-messages.js";
import { show } from "./show.js";

/**
 * Checks what a server sent on a session connection: what it may send on a plain one, with the session's fields, and
 * `hello` and `ack` beside (S1, S4, S6, S7). Unknown fields are kept; values are taken as they are.
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
  } else {
    const message = checkMessageFromDb(input);
    const { prev, head, reset, n } = frame;
    if (
      (message.type === "push" && (prev === undefined || isCount(prev))) ||
      (message.type === "init" && isCount(head) && (reset === undefined || typeof reset === "boolean")) ||
      (message.type === "error" && (n === undefined || isCount(n))) ||
      message.type === "stream_size" ||
      message.type === "pong"
    ) {
      return message as SessionMessageFromDb;
    }
  }
  throw new FrameError("bad_message", `the server sent a frame of type ${show(frame.type)} with a bad field`);
}

function isHello({ v, epoch, seq, you, resumed, acked, limits }: Partial<Record<string, unknown>>): boolean {
  const { messageBytes, inFlight, messagesPerSecond, messageBurst, bytesPerSecond } = (limits ??
    {}) as Partial<Record<string, unknown>>;
  return (
    v === 2 &&
    typeof epoch === "string" &&
    isCount(seq) &&
    typeof you === "string" &&
    typeof resumed === "boolean" &&
    isCount(acked) &&
    [messageBytes, inFlight].every(isLimit) &&
    [messagesPerSecond, messageBurst, bytesPerSecond].every((rate) => rate === undefined || isLimit(rate))
  );
}

function isAcks(acks: unknown): boolean {
  return (
    Array.isArray(acks) && acks.every((ack) => Array.isArray(ack) && ack.length === 2 && ack.every(isCount))
  );
}

function isLimit(limit: unknown): boolean {
  return typeof limit === "number" && limit > 0;
}

function isCount(count: unknown): boolean {
  return Number.isSafeInteger(count) && (count as number) >= 0;
}

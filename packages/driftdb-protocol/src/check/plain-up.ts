import {
  ERROR_BAD_ACTION,
  ERROR_BAD_KEY,
  ERROR_BAD_MESSAGE,
  ERROR_BAD_NONCE,
  ERROR_BAD_SEQ,
} from "../error-codes.js";
import { FrameError } from "../errors.js";
import { MAX_KEY_BYTES } from "../limits.js";
import type { Action, Key, MessageToDb } from "../messages.js";
import { describeValue } from "./describe-value.js";
import { utf8Bytes } from "./size.js";
import { checkValue } from "./value.js";

/**
 * Checks a message of a client: the server when it arrives, the client before it sends (P3). Unknown fields
 * are dropped. The error names the first fault, in the order type, key, value, action, seq.
 *
 * @param input a decoded frame.
 * @throws {FrameError} that names the field and says what to send instead (P10).
 */
export function checkMessageToDb(input: unknown): MessageToDb {
  const frame = object(input, "the message");
  switch (frame.type) {
    case "push": {
      const key = checkKey(frame.key);
      checkValue(frame.value);
      return { type: "push", key, value: frame.value, action: checkAction(frame.action) };
    }
    case "get": {
      const key = checkKey(frame.key);
      const seq = frame.seq;
      if (seq === undefined || seq === null) return { type: "get", key, seq: seq === null ? null : 0 };
      return { type: "get", key, seq: checkSeq(seq, "seq") };
    }
    case "ping": {
      const nonce = frame.nonce;
      if (nonce === undefined || nonce === null) return { type: "ping" };
      if (typeof nonce === "number" && Number.isFinite(nonce)) return { type: "ping", nonce };
      throw new FrameError(
        ERROR_BAD_NONCE,
        `nonce is ${describeValue(nonce)}: send a number, or leave it out`,
      );
    }
    default:
      throw new FrameError(
        ERROR_BAD_MESSAGE,
        `type is ${describeValue(frame.type)}: send "push", "get" or "ping"`,
      );
  }
}

/**
 * Checks a key: a well-formed string of at most 1,024 bytes in UTF-8 (M2).
 *
 * @throws {FrameError} `bad_key`.
 */
export function checkKey(key: unknown): Key {
  if (typeof key !== "string") throw badKey(`key is ${describeValue(key)}: send a string`);
  const bytes = utf8Bytes(key, MAX_KEY_BYTES);
  if (bytes > MAX_KEY_BYTES) {
    throw badKey(`key has ${bytes} bytes: send at most ${MAX_KEY_BYTES}`);
  }
  if (/\p{Surrogate}/u.test(key)) {
    throw badKey("key has half a surrogate pair, which UTF-8 cannot say: send well-formed Unicode");
  }
  return key;
}

function checkAction(input: unknown): Action {
  const action = object(input, "action");
  switch (action.type) {
    case "append":
    case "replace":
    case "relay":
      return { type: action.type };
    case "compact": {
      const seq = checkSeq(action.seq, "action.seq");
      if (action.last === undefined) return { type: "compact", seq };
      return { type: "compact", seq, last: checkSeq(action.last, "action.last") };
    }
    default:
      throw new FrameError(
        ERROR_BAD_ACTION,
        `action.type is ${describeValue(action.type)}: send "append", "relay", "replace" or "compact"`,
      );
  }
}

/** Any whole number is valid in a compaction: one out of range changes nothing (M4). */
function checkSeq(seq: unknown, field: "seq" | "action.seq" | "action.last"): number {
  if (Number.isSafeInteger(seq) && (field !== "seq" || (seq as number) >= 0)) return seq as number;
  throw new FrameError(ERROR_BAD_SEQ, `${field} is ${describeValue(seq)}: send a whole number, 0 or more`);
}

function object(input: unknown, what: "the message" | "action"): Record<string, unknown> {
  if (typeof input === "object" && input !== null && !Array.isArray(input) && !ArrayBuffer.isView(input)) {
    return input as Record<string, unknown>;
  }
  throw new FrameError(
    what === "action" ? ERROR_BAD_ACTION : ERROR_BAD_MESSAGE,
    `${what} is ${describeValue(input)}: send an object with a type`,
  );
}

function badKey(message: string): FrameError {
  return new FrameError(ERROR_BAD_KEY, message);
}

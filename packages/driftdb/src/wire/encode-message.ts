import {
  ERROR_BAD_VALUE,
  ERROR_TOO_LARGE,
  type Key,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  type SessionMessageToDb,
  type SessionPush,
} from "driftdb-protocol";
import { DriftDBError } from "../errors.js";
import type { Frame } from "./web-socket.js";

/**
 * The JSON text of a message, which is checked on the way: for what would be lost in JSON without a word, and
 * for what the server could not read the message's number of (S4). A message that this refuses,
 * `checkMessageToDb` of driftdb-protocol refuses with the same code, as a test asserts. That one says more,
 * but every page loads this one; and the server answers with an error to what slips through here, such as an
 * unknown action.
 *
 * @param isBinary whether byte strings may stay what they are: then the text is of no use beyond the check.
 * @throws {DriftDBError} `bad_value`.
 */
export function encodeChecked(message: SessionMessageToDb, isBinary?: boolean): string {
  const { type, key, value } = message as SessionPush;
  if (type === "push" && (value ?? null) === null) throw badValue(key, "send any JSON value but null");
  return toJson(message, key, isBinary);
}

/**
 * @param spare bytes that are still to be added to it.
 * @throws {DriftDBError} `too_large`, when a frame has more bytes than a server takes.
 */
export function checkSize(frame: Frame, spare = 0): void {
  const most = MAX_MESSAGE_BYTES - spare;
  // Three bytes are the most that one UTF-16 unit takes. To count them takes a copy.
  if (frame.length * 3 <= most || new Blob([frame]).size <= most) return;
  throw new DriftDBError(ERROR_TOO_LARGE, `the message is too large: send at most ${most} bytes`);
}

/**
 * JSON text, of what JSON can say (M2). Byte strings become arrays of numbers (P7).
 *
 * @param message a message, or the value that a store sends in one.
 * @param key what the error calls it by.
 * @throws {DriftDBError} `bad_value`, which names the path and the fault. {TypeError} if the value contains
 *   itself.
 */
export function toJson(message: object, key: Key, isBinary?: boolean): string {
  const depths = new Map<unknown, number>();
  return JSON.stringify(message, function (this: Record<string, unknown>, name, json: unknown) {
    // A Buffer's toJSON would turn it into an object of numbers.
    const value = ArrayBuffer.isView(this[name]) ? this[name] : json;
    const depth = (depths.get(this) ?? -2) + 1;
    if (!isJson(value)) {
      // The first two names are fields of the message, and of what a store wraps a value in.
      throw badValue(key, `${depth > 1 ? `${name}: ` : ""}${String(value)} is not JSON`);
    }
    if (typeof value !== "object" || value === null) return value;
    depths.set(value, depth);
    if (depth >= MAX_DEPTH) throw badValue(key, `send at most ${MAX_DEPTH} levels`);
    if (!ArrayBuffer.isView(value)) return value;
    return isBinary ? 0 : [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  });
}

/** Whether JSON can represent a value of this kind, whatever it contains. */
function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  // JSON says `{}` for a Map and a Set: their contents would be lost without a word.
  const isCollection = value instanceof Map || value instanceof Set;
  return !isCollection && !["bigint", "function", "symbol"].includes(typeof value);
}

function badValue(key: Key, text: string): DriftDBError {
  return new DriftDBError(ERROR_BAD_VALUE, `key "${key}": ${text}`);
}

import type { FrameErrorCode, SessionMessageToDb, SessionPush } from "driftdb-protocol";
import { DriftDBError } from "../errors.js";
import type { Frame } from "./web-socket.js";

/** The limits of driftdb-protocol that a client checks, written out: every page loads this. */
const MESSAGE_BYTES = 1_048_576;
const LEVELS = 64;

/**
 * The JSON text of a message, which is checked on the way: for what would be lost in JSON without a word, and for what
 * the server could not read the message's number of (S4). What this refuses, `checkMessageToDb` of driftdb-protocol
 * refuses with the same code, as a test asserts. That one says more, but every page loads this one; and what slips
 * through here, an unknown action say, the server answers with an error.
 *
 * @param binary whether byte strings may stay what they are: then the text is of no use beyond the check.
 * @throws {DriftDBError} that names the field, with the code that the protocol has for it.
 */
export function encodeChecked(message: SessionMessageToDb, binary?: unknown): string {
  const { type, value } = message as SessionPush;
  need(type !== "push" || value != null, "bad_value", "value: send any JSON but null");
  return toJson(message, binary);
}

/**
 * @param spare bytes that are still to be added to it.
 * @throws {DriftDBError} `too_large`, when a frame has more bytes than a server takes.
 */
export function checkSize(frame: Frame, spare = 0): void {
  const most = MESSAGE_BYTES - spare;
  // Three bytes are the most that one UTF-16 unit takes.
  const fits = frame.length * 3 <= most || new Blob([frame]).size <= most;
  need(fits, "too_large", `message: send at most ${most} bytes`);
}

/**
 * JSON text, of what JSON can say (M2). Byte strings become arrays of numbers (P7).
 *
 * @throws {DriftDBError} `bad_value`. {TypeError} if it contains itself.
 */
export function toJson(message: object, binary?: unknown): string {
  const levels = new Map<unknown, number>();
  return JSON.stringify(message, function (this: Record<string, unknown>, name, json: unknown) {
    // What a Buffer's toJSON says is not what it is.
    const value = ArrayBuffer.isView(this[name]) ? this[name] : json;
    const type = typeof value;
    const isObject = value && type === "object";
    const level = (levels.get(this) ?? -2) + 1;
    if (isObject) levels.set(value, level);
    need(
      // JSON has no bigint, function or symbol. A Map, a Set: their contents would be lost without a word.
      isObject
        ? level < LEVELS && !/p]|Set]/.test({}.toString.call(value))
        : type === "number"
          ? Number.isFinite(value)
          : !/^(bi|fu|sy)/.test(type),
      "bad_value",
      `${name}: send any JSON of at most ${LEVELS} levels`,
    );
    if (!ArrayBuffer.isView(value)) return value;
    return binary ? 0 : [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  });
}

function need(condition: unknown, code: FrameErrorCode, message: string): void {
  if (!condition) throw new DriftDBError(code, message);
}

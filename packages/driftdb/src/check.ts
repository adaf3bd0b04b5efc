import type { FrameErrorCode, GetMessage, MessageToDb, PushMessage } from "driftdb-protocol";
import { DriftDBError } from "./errors.js";
import type { Frame } from "./socket.js";

/** The limits of driftdb-protocol that a client checks, written out: it has no use for the others. */
const KEY_BYTES = 1_024;
const MESSAGE_BYTES = 1_048_576;

/**
 * The JSON text of a message, which is checked on the way. What this refuses, `checkMessageToDb` of driftdb-protocol
 * refuses with the same code, as a test asserts. That one says more, but every page loads this one; and what
 * slips through here, a wrong `type` say, the server answers with an error (P10).
 *
 * @param binary whether byte strings may stay what they are: then the text is of no use beyond the check.
 * @throws {DriftDBError} that names the field, with the code that the protocol has for it.
 */
export function encodeChecked(message: MessageToDb, binary?: unknown): string {
  const { type, key, value, seq } = message as PushMessage & GetMessage;
  if (!isWithin(key ?? "", KEY_BYTES)) refuse("bad_key", `key: send at most ${KEY_BYTES} bytes`);
  if (type === "push" && value == null) refuse("bad_value", "value: send any JSON but null");
  if (seq && !(seq > 0 && seq % 1 === 0)) refuse("bad_seq", "seq: send a whole number");
  return toJson(message, binary);
}

/** @throws {DriftDBError} `too_large`, when a frame has more bytes than a server takes. */
export function checkFrame(frame: Frame): void {
  if (!isWithin(frame, MESSAGE_BYTES)) refuse("too_large", `message: send at most ${MESSAGE_BYTES} bytes`);
}

function isWithin(data: Frame, most: number): boolean {
  // Three bytes are the most that one UTF-16 unit takes.
  return data.length * 3 < most || new Blob([data]).size <= most;
}

/** JSON text. Byte strings become arrays of numbers (P7). */
export function toJson(message: unknown, binary?: unknown): string {
  return JSON.stringify(message, function (this: Record<string, unknown>, name, json: unknown) {
    // What a Buffer's toJSON says is not what it is.
    const value = ArrayBuffer.isView(this[name]) ? this[name] : json;
    // JSON has no bigint, function or symbol.
    const type = typeof value;
    if (type === "number" ? !Number.isFinite(value) : /^(bi|fu|sy)/.test(type)) {
      refuse("bad_value", `${name}: ${type === "number" ? value : `a ${type}`} is not JSON`);
    }
    if (!ArrayBuffer.isView(value)) return value;
    return binary ? 0 : [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  });
}

function refuse(code: FrameErrorCode, message: string): never {
  throw new DriftDBError(code, message);
}

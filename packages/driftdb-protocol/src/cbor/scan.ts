import { ERROR_BAD_VALUE } from "../error-codes.js";
import { FrameError } from "../errors.js";
import { MAX_DEPTH } from "../limits.js";
import { argument, argumentSize, BREAK, notCbor } from "./head.js";

/** A value lies up to three levels deep in its frame: the message, `data`, and an item of it. */
const DEPTH = MAX_DEPTH + 3;

/**
 * The only tag that is accepted: an array of unsigned bytes (RFC 8746). Some libraries send it for a
 * `Uint8Array`.
 */
const BYTES_TAG = 64;

/** An array or a map whose end has not been reached. */
interface Open {
  /** Items still to come; a map's keys and values count separately. Infinity for an indefinite length. */
  left: number;
  readonly isMap: boolean;
  /** Whether the next item of a map is a key. */
  atKey: boolean;
}

/**
 * Checks the structure of one CBOR item without building it. Afterwards a decoder meets no length beyond the
 * end, no deep nesting, no expensive tag such as a bignum, and no map key that is not text.
 *
 * @throws {FrameError} `not_cbor` with the offset, or `bad_value` for too many levels.
 */
export function scanCbor(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const open: Open[] = [];
  let at = 0;

  for (let done = false; !done; ) {
    if (at >= bytes.length) throw notCbor(at, "is not there: the item is not complete");
    const start = at;
    const head = bytes[at++] as number;
    const major = head >> 5;
    const minor = head & 31;
    const within = open[open.length - 1];

    if (head === BREAK) {
      if (within?.left !== Number.POSITIVE_INFINITY)
        throw notCbor(start, "breaks off what is not indefinite");
      if (within.isMap && !within.atKey) throw notCbor(start, "ends a map after a key");
      open.pop();
      done = complete(open);
      continue;
    }

    if (minor > 27 && (minor < 31 || (major !== 4 && major !== 5))) {
      throw notCbor(
        start,
        minor === 31 ? "gives no length: send it first" : `has the reserved length ${minor}`,
      );
    }
    at += argumentSize(minor);
    if (at > bytes.length) throw notCbor(start, "is the head of an item that is not complete");
    const count = minor === 31 ? Number.POSITIVE_INFINITY : argument(view, start + 1, minor);

    if (major === 6) {
      if (count !== BYTES_TAG || (bytes[at] ?? 0) >> 5 !== 2) {
        throw notCbor(start, `is tag ${count}: the only one taken is ${BYTES_TAG}, on a byte string`);
      }
      continue;
    }
    if (within?.isMap) {
      if (within.atKey && major !== 3) throw notCbor(start, "is no text, where the key of a map is due");
      within.atKey = !within.atKey;
    }

    const left = bytes.length - at;
    if (major < 2) {
      // Major type 1 stands for -1 - count.
      if (count + major > Number.MAX_SAFE_INTEGER) throw notCbor(start, "is an integer beyond 2^53 - 1");
    } else if (major < 4) {
      if (count > left) throw notCbor(start, `has a length of ${count} where ${left} bytes are left`);
      at += count;
    } else if (major < 6) {
      const items = count * (major - 3);
      if (minor !== 31 && items > left) {
        throw notCbor(start, `has ${items} items where ${left} bytes are left`);
      }
      if (open.length >= DEPTH) {
        throw new FrameError(ERROR_BAD_VALUE, `value is more than ${MAX_DEPTH} levels deep: make it flatter`);
      }
      if (items > 0) {
        open.push({ left: items, isMap: major === 5, atKey: true });
        continue;
      }
    } else if (minor < 20 || minor === 24) {
      throw notCbor(start, `is the simple value ${count}`);
    }
    done = complete(open);
  }
  if (at < bytes.length) throw notCbor(at, "comes after the end of the item");
}

/**
 * Counts one complete item, and closes the arrays and maps that it completes.
 *
 * @returns whether the outermost item is complete.
 */
function complete(open: Open[]): boolean {
  for (let within = open.at(-1); within; within = open.at(-1)) {
    if (--within.left > 0) return false;
    open.pop();
  }
  return true;
}

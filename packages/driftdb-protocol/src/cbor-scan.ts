import { FrameError } from "./errors.js";
import { MESSAGE_LIMITS } from "./limits.js";

/** Frames are wrapped in up to three levels around the value: the message, `data`, its items. */
const DEPTH = MESSAGE_LIMITS.depth + 3;

/** The one tag of DriftDB's CBOR: a typed array of unsigned bytes (RFC 8746), which clients send for `Uint8Array`. */
export const BYTES_TAG = 64;

/**
 * Walks over CBOR heads without building anything, so that no decoder is ever given a length
 * that is not there, an endless nesting, or a tag that makes it work: bignums above all.
 *
 * @throws {FrameError} `not_cbor`, with the offset.
 */
export function scanCbor(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** How many items are still to come, for each open array, map or tag; Infinity for an indefinite one. */
  const open: number[] = [1];
  let at = 0;

  while (open.length > 0) {
    if (at >= bytes.length) throw bad(at, "ends in the middle of an item");
    const start = at;
    const head = bytes[at++] as number;
    const major = head >> 5;
    const minor = head & 31;

    if (head === 0xff) {
      if (open.pop() !== Number.POSITIVE_INFINITY) throw bad(start, "has a break outside an indefinite item");
      close(open);
      continue;
    }

    let argument = minor;
    if (minor >= 24 && minor <= 27) {
      const size = 1 << (minor - 24);
      if (at + size > bytes.length) throw bad(start, "ends in the middle of a number");
      if (size === 1) argument = view.getUint8(at);
      else if (size === 2) argument = view.getUint16(at);
      else if (size === 4) argument = view.getUint32(at);
      else argument = Number(view.getBigUint64(at));
      at += size;
    } else if (minor > 27 && minor < 31) {
      throw bad(start, `has the reserved length ${minor}`);
    } else if (minor === 31 && major !== 4 && major !== 5) {
      throw bad(start, "has a string of indefinite length: send its length first");
    }

    const left = bytes.length - at;
    switch (major) {
      case 0:
      case 1:
        if (argument > Number.MAX_SAFE_INTEGER) throw bad(start, "has an integer beyond 2^53 - 1");
        break;
      case 2:
      case 3:
        if (argument > left) throw bad(start, `has a string of ${argument} bytes where ${left} are left`);
        at += argument;
        break;
      case 4:
      case 5: {
        const items = minor === 31 ? Number.POSITIVE_INFINITY : argument * (major - 3);
        if (items !== Number.POSITIVE_INFINITY && items > left) {
          throw bad(start, `has a list of ${items} items where ${left} bytes are left`);
        }
        if (open.length > DEPTH) throw bad(start, `is more than ${MESSAGE_LIMITS.depth} levels deep`);
        if (items > 0) {
          open.push(items);
          continue;
        }
        break;
      }
      case 6:
        if (argument !== BYTES_TAG) {
          throw bad(start, `has tag ${argument}: the only one taken is ${BYTES_TAG}, for bytes`);
        }
        if ((bytes[at] ?? 0) >> 5 !== 2)
          throw bad(start, `has tag ${BYTES_TAG} on something else than bytes`);
        continue;
      default:
        if (minor < 20 || minor === 24) throw bad(start, `has the simple value ${argument}`);
    }
    close(open);
  }
  if (at < bytes.length) throw bad(at, "goes on after its end");
}

/** One item is complete: and so may be the lists it was the last of. */
function close(open: number[]): void {
  while (open.length > 0) {
    const left = (open[open.length - 1] as number) - 1;
    if (left > 0) {
      open[open.length - 1] = left;
      return;
    }
    open.pop();
  }
}

function bad(offset: number, what: string): FrameError {
  return new FrameError("not_cbor", `the frame is not CBOR that DriftDB takes: byte ${offset} ${what}`);
}

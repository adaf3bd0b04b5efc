import { ERROR_NOT_CBOR } from "../error-codes.js";
import { FrameError } from "../errors.js";

/** The byte that ends an array or a map of indefinite length. */
export const BREAK = 0xff;

/** Bytes of argument that follow a head, by the head's low five bits (RFC 8949, section 3). */
export function argumentSize(minor: number): 0 | 1 | 2 | 4 | 8 {
  return minor > 23 && minor < 28 ? ((1 << (minor - 24)) as 1 | 2 | 4 | 8) : 0;
}

/** Reads the argument that begins at `at`. Above 2^53 it is not exact. */
export function argument(view: DataView, at: number, minor: number): number {
  switch (argumentSize(minor)) {
    case 0:
      return minor;
    case 1:
      return view.getUint8(at);
    case 2:
      return view.getUint16(at);
    case 4:
      return view.getUint32(at);
    default:
      return Number(view.getBigUint64(at));
  }
}

/** The error of a frame that the server or client refuses. `offset` counts bytes from 0. */
export function notCbor(offset: number, what: string): FrameError {
  return new FrameError(ERROR_NOT_CBOR, `the frame is not CBOR that DriftDB takes: byte ${offset} ${what}`);
}

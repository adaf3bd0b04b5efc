import { FrameError } from "../errors.js";

/** Where the break that ends an indefinite array or map is. */
export const BREAK = 0xff;

/** How many bytes of argument follow a head with these low five bits (RFC 8949, section 3). */
export function argumentSize(minor: number): 0 | 1 | 2 | 4 | 8 {
  return minor > 23 && minor < 28 ? ((1 << (minor - 24)) as 1 | 2 | 4 | 8) : 0;
}

/** The argument of a head that ends before `at`. Beyond 2^53 it is not exact. */
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

/** Why a frame is not taken. The offset is counted from 0. */
export function notCbor(offset: number, what: string): FrameError {
  return new FrameError("not_cbor", `the frame is not CBOR that DriftDB takes: byte ${offset} ${what}`);
}

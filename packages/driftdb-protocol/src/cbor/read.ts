import { toBytes, utf8 } from "../bytes.js";
import { argument, argumentSize, BREAK, notCbor } from "./head.js";

/**
 * Decodes CBOR into JSON's data model plus byte strings. An undefined field is left out, an undefined item of
 * an array becomes `null`, and of two fields with one name the last counts.
 *
 * @param frame bytes that `scanCbor` has accepted. The result keeps no reference to them.
 * @throws {FrameError} `not_cbor` for text that is not UTF-8.
 */
export function readCbor(frame: Uint8Array): unknown {
  return new Reader(frame).item();
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(frame: Uint8Array) {
    // slice() of a Buffer would not copy.
    this.#bytes = toBytes(frame);
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  }

  item(): unknown {
    const head = this.#bytes[this.#at] as number;
    const minor = head & 31;
    const start = this.#at + 1;
    this.#at = start + argumentSize(minor);
    const count = minor === 31 ? Number.POSITIVE_INFINITY : argument(this.#view, start, minor);
    switch (head >> 5) {
      case 0:
        return count;
      case 1:
        return -1 - count;
      case 2:
        return this.#bytes.slice(this.#at, this.#skip(count));
      case 3:
        return this.#text(this.#at, this.#skip(count));
      case 4:
        return this.#array(count);
      case 5:
        return this.#map(count);
      case 6:
        return this.item();
      default:
        return this.#simple(minor, start);
    }
  }

  #skip(count: number): number {
    this.#at += count;
    return this.#at;
  }

  #text(start: number, end: number): string {
    // Most texts are short names, and a decoder call for each one would dominate the time.
    let ascii = "";
    for (let i = start; end - start < 24; i++) {
      if (i === end) return ascii;
      const byte = this.#bytes[i] as number;
      if (byte > 127) break;
      ascii += String.fromCharCode(byte);
    }
    try {
      return utf8(this.#bytes.subarray(start, end));
    } catch {
      throw notCbor(start, "begins a text that is not UTF-8");
    }
  }

  #array(count: number): unknown[] {
    const items: unknown[] = [];
    for (let left = count; left > 0 && !this.#broken(); left--) {
      const item = this.item();
      items.push(item === undefined ? null : item);
    }
    return items;
  }

  #map(count: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (let left = count; left > 0 && !this.#broken(); left--) {
      const name = this.item() as string;
      const value = this.item();
      if (value === undefined) continue;
      // An assignment would set the prototype.
      if (name === "__proto__") {
        Object.defineProperty(fields, name, { value, configurable: true, enumerable: true, writable: true });
      } else fields[name] = value;
    }
    return fields;
  }

  /** Skips the break that ends an indefinite array or map. The scan accepts a break nowhere else. */
  #broken(): boolean {
    if (this.#bytes[this.#at] !== BREAK) return false;
    this.#at++;
    return true;
  }

  #simple(minor: number, at: number): unknown {
    switch (minor) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 23:
        return undefined;
      case 25:
        return half(this.#view.getUint16(at));
      case 26:
        return this.#view.getFloat32(at);
      default:
        return this.#view.getFloat64(at);
    }
  }
}

/** A half-precision number (RFC 8949, appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

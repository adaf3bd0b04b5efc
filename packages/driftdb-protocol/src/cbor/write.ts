import { toBytes } from "../bytes.js";
import { toJsonOf } from "../to-json.js";

/**
 * Encodes a value as CBOR. Like `JSON.stringify`, it calls toJSON and leaves out undefined fields; byte
 * strings stay byte strings. Fields keep their order, every length is definite, integers take the fewest
 * bytes, and other numbers are single precision where that is exact, and double otherwise.
 */
export function writeCbor(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writer.item(toJsonOf(value, ""));
  return writer.finish();
}

/** A value that is encoded already: the encoder copies its bytes. */
export class Encoded {
  constructor(readonly bytes: Uint8Array) {}
}

class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  item(value: unknown): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#number(value);
    else if (typeof value === "boolean") this.#byte(value ? 0xf5 : 0xf4);
    // Like JSON.stringify, which writes null for undefined in an array.
    else if (typeof value !== "object" || value === null) this.#byte(0xf6);
    else if (ArrayBuffer.isView(value)) this.#string(2, toBytes(value));
    else if (value instanceof Encoded) this.#put(value.bytes);
    else if (Array.isArray(value)) this.#array(value);
    else this.#map(value);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value < 0) this.#head(1, -1 - value);
      else this.#head(0, value);
    } else if (!Number.isFinite(value)) {
      this.#byte(0xf6);
    } else if (Math.fround(value) === value) {
      this.#byte(0xfa);
      const at = this.#take(4);
      this.#view.setFloat32(at, value);
    } else {
      this.#byte(0xfb);
      const at = this.#take(8);
      this.#view.setFloat64(at, value);
    }
  }

  #text(value: string): void {
    // Most texts are short names, and an encoder call for each one would dominate the time.
    if (value.length < 24 && isAscii(value)) {
      this.#byte(0x60 | value.length);
      const start = this.#take(value.length);
      for (let i = 0; i < value.length; i++) this.#bytes[start + i] = value.charCodeAt(i);
    } else {
      this.#string(3, new TextEncoder().encode(value));
    }
  }

  #string(major: number, content: Uint8Array): void {
    this.#head(major, content.length);
    this.#put(content);
  }

  #put(content: Uint8Array): void {
    const start = this.#take(content.length);
    this.#bytes.set(content, start);
  }

  #array(items: unknown[]): void {
    this.#head(4, items.length);
    for (let i = 0; i < items.length; i++) this.item(toJsonOf(items[i], i));
  }

  #map(object: object): void {
    const fields: [string, unknown][] = [];
    for (const [name, field] of Object.entries(object)) {
      const value = toJsonOf(field, name);
      if (value !== undefined && typeof value !== "function" && typeof value !== "symbol") {
        fields.push([name, value]);
      }
    }
    this.#head(5, fields.length);
    for (const [name, value] of fields) {
      this.#text(name);
      this.item(value);
    }
  }

  #head(major: number, argument: number): void {
    const type = major << 5;
    if (argument < 24) {
      this.#byte(type | argument);
    } else if (argument < 0x100) {
      this.#byte(type | 24);
      this.#byte(argument);
    } else if (argument < 0x1_0000) {
      this.#byte(type | 25);
      const at = this.#take(2);
      this.#view.setUint16(at, argument);
    } else if (argument < 0x1_0000_0000) {
      this.#byte(type | 26);
      const at = this.#take(4);
      this.#view.setUint32(at, argument);
    } else {
      this.#byte(type | 27);
      const at = this.#take(8);
      this.#view.setBigUint64(at, BigInt(argument));
    }
  }

  #byte(value: number): void {
    const at = this.#take(1);
    this.#bytes[at] = value;
  }

  /** Reserves `count` bytes and returns their offset. It may replace `#bytes` and `#view`. */
  #take(count: number): number {
    const start = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return start;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

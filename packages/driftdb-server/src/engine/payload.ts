import { stringify } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { equalBytes, utf8Length } from "../core/bytes.js";

/**
 * A message's value in its stored form: JSON text, or CBOR bytes if the value contains a byte string (P7).
 * The room never looks inside.
 */
export class Payload {
  private constructor(
    /** The stored form: text is JSON, bytes are CBOR. */
    readonly stored: string | Uint8Array,
    /** Bytes of the stored form. */
    readonly size: number,
  ) {}

  /** @param hasBytes whether `checkValue` found a byte string in the value. */
  static of(value: unknown, hasBytes: boolean): Payload {
    return Payload.from(hasBytes ? encodeCbor(value) : JSON.stringify(value));
  }

  /** Makes a payload from its stored form. */
  static from(stored: string | Uint8Array): Payload {
    return new Payload(stored, typeof stored === "string" ? utf8Length(stored) : stored.length);
  }

  /** Whether the stored forms are equal. The order of an object's fields makes a difference. */
  equals({ stored }: Payload): boolean {
    if (typeof stored === "string" || typeof this.stored === "string") return stored === this.stored;
    return equalBytes(stored, this.stored);
  }

  get json(): string {
    return typeof this.stored === "string" ? this.stored : stringify(this.value);
  }

  get cbor(): Uint8Array {
    return typeof this.stored === "string" ? encodeCbor(this.value) : this.stored;
  }

  /** The CBOR. A `decoded` value saves parsing the JSON. */
  cborOf(decoded: unknown): Uint8Array {
    if (decoded === undefined || typeof this.stored !== "string") return this.cbor;
    return encodeCbor(decoded);
  }

  get value(): unknown {
    return typeof this.stored === "string" ? JSON.parse(this.stored) : cbor.decode(this.stored);
  }
}

const encodeCbor = (value: unknown): Uint8Array => cbor.encode(value as object) as Uint8Array;

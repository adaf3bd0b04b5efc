import { stringify } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { equalBytes, utf8Length } from "../core/bytes.js";

/**
 * A message's value in the one form in which it is kept: JSON text, or CBOR bytes if there is a byte string in it (P7).
 * The room never looks inside.
 */
export class Payload {
  private constructor(
    /** What a store keeps: text is JSON, bytes are CBOR. */
    readonly stored: string | Uint8Array,
    /** Bytes it takes. */
    readonly size: number,
  ) {}

  /** @param hasBytes whether `checkValue` found a byte string in it. */
  static of(value: unknown, hasBytes: boolean): Payload {
    return Payload.from(hasBytes ? encodeCbor(value) : JSON.stringify(value));
  }

  /** What a store has kept. */
  static from(stored: string | Uint8Array): Payload {
    return new Payload(stored, typeof stored === "string" ? utf8Length(stored) : stored.length);
  }

  /** Whether it was spelled in the same way. */
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

  /** The CBOR, where the decoded value is at hand. */
  cborOf(decoded: unknown): Uint8Array {
    if (decoded === undefined || typeof this.stored !== "string") return this.cbor;
    return encodeCbor(decoded);
  }

  get value(): unknown {
    return typeof this.stored === "string" ? JSON.parse(this.stored) : cbor.decode(this.stored);
  }
}

const encodeCbor = (value: unknown): Uint8Array => cbor.encode(value as object) as Uint8Array;

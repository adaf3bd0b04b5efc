import { stringify } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";

/**
 * A message's value in the one form in which it is kept: JSON text, or CBOR bytes where there is a
 * byte string in it (P7). The room never looks inside.
 */
export class Payload {
  /** What the sender's frame said, and its CBOR, until everybody has been told. */
  #value: unknown;
  #cbor: Uint8Array | undefined;

  private constructor(
    /** What a store keeps: text is JSON, bytes are CBOR. */
    readonly stored: string | Uint8Array,
    /** Bytes it takes. */
    readonly size: number,
    value?: unknown,
  ) {
    this.#value = value;
  }

  /** @param hasBytes whether `checkValue` found a byte string in it. */
  static of(value: unknown, hasBytes: boolean): Payload {
    const stored = hasBytes ? encode(value) : JSON.stringify(value);
    return new Payload(stored, sizeOf(stored), value);
  }

  /** What a store has kept. */
  static from(stored: string | Uint8Array): Payload {
    return new Payload(stored, sizeOf(stored));
  }

  /** Whether it was spelled in the same way. */
  equals({ stored }: Payload): boolean {
    if (typeof stored === "string" || typeof this.stored === "string") return stored === this.stored;
    return Buffer.compare(stored, this.stored) === 0;
  }

  get json(): string {
    return typeof this.stored === "string" ? this.stored : stringify(this.value);
  }

  get cbor(): Uint8Array {
    if (typeof this.stored !== "string") return this.stored;
    if (this.#value === undefined) return encode(this.value);
    this.#cbor ??= encode(this.#value);
    return this.#cbor;
  }

  get value(): unknown {
    if (this.#value !== undefined) return this.#value;
    return typeof this.stored === "string" ? JSON.parse(this.stored) : cbor.decode(this.stored);
  }

  /** Everybody has been told: from now on it takes no more than what is stored. */
  settle(): void {
    this.#value = this.#cbor = undefined;
  }
}

const encode = (value: unknown): Uint8Array => cbor.encode(value as object) as Uint8Array;

const sizeOf = (stored: string | Uint8Array): number =>
  typeof stored === "string" ? Buffer.byteLength(stored) : stored.length;

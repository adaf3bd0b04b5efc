/** A message's number within its session, and the seq that the room gave it: 0 if it was refused (S4). */
export type Ack = readonly [n: number, seq: number];

/** How many of its newest acknowledgements a session remembers: no client has more in flight (S4). */
const REMEMBERED = 256;

/** Which of one client's messages a room has (S3). */
export class Session {
  #acked: number;
  /** The seqs of the newest messages up to `acked`. */
  readonly #seqs: number[];

  constructor(acked = 0, seqs: readonly number[] = []) {
    this.#acked = acked;
    this.#seqs = [...seqs];
  }

  /** The highest n that the room has. */
  get acked(): number {
    return this.#acked;
  }

  /** The seqs of the newest messages up to `acked`, rising in n. */
  get seqs(): readonly number[] {
    return this.#seqs;
  }

  /** The seq that message `n` was given at first; 0 if it was refused, or was so long ago that nobody can ask. */
  seqOf(n: number): number {
    return this.#seqs[n - 1 - this.#acked + this.#seqs.length] ?? 0;
  }

  /** Counts the next message. */
  record(seq: number): void {
    this.#acked++;
    this.#seqs.push(seq);
    if (this.#seqs.length > REMEMBERED) this.#seqs.shift();
  }

  /** The newest acknowledgements, rising in n. */
  acks(): Ack[] {
    const first = this.#acked - this.#seqs.length + 1;
    return this.#seqs.map((seq, i) => [first + i, seq]);
  }
}

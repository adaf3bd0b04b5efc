import { MAX_IN_FLIGHT } from "driftdb-protocol";

/** A message's number in its session, and its seq: 0 if the room refused it (S4). */
export type Ack = readonly [n: number, seq: number];

/** The stored state of a session. */
export interface SessionRecord {
  /** The highest n that the room has. */
  readonly acked: number;
  /** The seqs of the newest messages up to `acked`, rising in n. */
  readonly seqs: readonly number[];
}

/** Seqs that a session may have beyond `MAX_IN_FLIGHT`, so that it copies its array seldom. */
const SLACK = 64;

/** The numbers of one client's messages that a room has (S3). */
export class Session implements SessionRecord {
  #acked: number;
  /** Append-only, since drafts and commits still read it. A shorter copy replaces it when it is too long. */
  #seqs: number[];

  constructor(acked = 0, seqs: readonly number[] = []) {
    this.#acked = acked;
    this.#seqs = [...seqs];
  }

  get acked(): number {
    return this.#acked;
  }

  get seqs(): readonly number[] {
    return this.#seqs.slice(-MAX_IN_FLIGHT);
  }

  draft(): SessionDraft {
    return new SessionDraft(this.#acked, this.#seqs);
  }

  /** Records the seqs of the next messages. */
  record(seqs: readonly number[]): void {
    this.#acked += seqs.length;
    if (this.#seqs.length + seqs.length > MAX_IN_FLIGHT + SLACK)
      this.#seqs = this.#seqs.slice(-MAX_IN_FLIGHT);
    for (const seq of seqs) this.#seqs.push(seq);
  }
}

/**
 * A session with the messages of one turn. `land` changes the session, and later changes do not affect the
 * draft.
 */
export class SessionDraft implements SessionRecord {
  readonly #base: number;
  readonly #baseSeqs: readonly number[];
  readonly #length: number;
  readonly #added: number[] = [];

  /** @param seqs the caller may append to it, but not change it otherwise. */
  constructor(acked: number, seqs: readonly number[]) {
    this.#base = acked;
    this.#baseSeqs = seqs;
    this.#length = seqs.length;
  }

  get acked(): number {
    return this.#base + this.#added.length;
  }

  get seqs(): readonly number[] {
    const first = Math.max(0, this.#length + this.#added.length - MAX_IN_FLIGHT);
    return [...this.#baseSeqs.slice(first, this.#length), ...this.#added.slice(-MAX_IN_FLIGHT)];
  }

  /** The seq that message `n` got first. 0 if the room refused it, or has forgotten its seq. */
  seqOf(n: number): number {
    const index = n - 1 - this.#base;
    if (index >= 0) return this.#added[index] ?? 0;
    return index < -MAX_IN_FLIGHT ? 0 : (this.#baseSeqs[index + this.#length] ?? 0);
  }

  /** Records the seq of the next message. */
  record(seq: number): void {
    this.#added.push(seq);
  }

  /** Adds the turn's messages to the session. */
  land(session: Session): void {
    session.record(this.#added);
  }
}

/** The newest acknowledgements, rising in n. */
export function acksOf({ acked, seqs }: SessionRecord): Ack[] {
  const first = acked - seqs.length + 1;
  return seqs.map((seq, i) => [first + i, seq]);
}

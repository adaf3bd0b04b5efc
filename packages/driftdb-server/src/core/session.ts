import { MAX_IN_FLIGHT } from "driftdb-protocol";

/** A message's number within its session, and the seq that the room gave it: 0 if it was refused (S4). */
export type Ack = readonly [n: number, seq: number];

/** What is stored of a session. */
export interface SessionRecord {
  /** The highest n that the room has. */
  readonly acked: number;
  /** The seqs of the newest messages up to `acked`, rising in n. */
  readonly seqs: readonly number[];
}

/** How many seqs a session keeps beyond those that it has to, so that it need not move them at each message. */
const SLACK = 64;

/** Which of one client's messages a room has (S3). */
export class Session implements SessionRecord {
  #acked: number;
  /** Only grows, until a shorter copy takes its place: drafts, and commits, still read the one before. */
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

  /** Counts the next messages. */
  record(seqs: readonly number[]): void {
    this.#acked += seqs.length;
    if (this.#seqs.length + seqs.length > MAX_IN_FLIGHT + SLACK)
      this.#seqs = this.#seqs.slice(-MAX_IN_FLIGHT);
    for (const seq of seqs) this.#seqs.push(seq);
  }
}

/**
 * A session with the messages of one turn. The session itself stays as it was until `land`, and the draft says the
 * same for ever.
 */
export class SessionDraft implements SessionRecord {
  readonly #base: number;
  readonly #baseSeqs: readonly number[];
  readonly #length: number;
  readonly #added: number[] = [];

  /** @param seqs may grow meanwhile, and does not change otherwise. */
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

  /** The seq that message `n` was given at first; 0 if it was refused, or came before those that are remembered. */
  seqOf(n: number): number {
    const index = n - 1 - this.#base;
    if (index >= 0) return this.#added[index] ?? 0;
    return index < -MAX_IN_FLIGHT ? 0 : (this.#baseSeqs[index + this.#length] ?? 0);
  }

  /** Counts the next message. */
  record(seq: number): void {
    this.#added.push(seq);
  }

  /** Makes the changes in the session itself. */
  land(session: Session): void {
    session.record(this.#added);
  }
}

/** The newest acknowledgements, rising in n. */
export function acksOf({ acked, seqs }: SessionRecord): Ack[] {
  const first = acked - seqs.length + 1;
  return seqs.map((seq, i) => [first + i, seq]);
}

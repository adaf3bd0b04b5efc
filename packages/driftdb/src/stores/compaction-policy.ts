import type { SequenceNumber } from "driftdb-protocol";
import type { Outcome } from "../connection/outbox.js";

/** A state that a stream may be compacted to. */
export interface Snapshot {
  /** The newest message that is folded into it. */
  readonly seq: SequenceNumber;
  readonly state: unknown;
  /** Whether this client is the author of that message, or it has no author. */
  readonly own: boolean;
}

/**
 * A compaction waits for a random part of this, in milliseconds: so one of several clients is the first, and
 * a burst of actions is compacted once.
 */
const DELAY = 1_000;
/**
 * At so many times the threshold a compaction is urgent, since a room refuses messages at some size. It does
 * not wait then, and every client that pushes may compact, since the newest author may be gone. Each does so
 * with a probability, as many of them may look at the same moment: 0.15 at first, rising to 1 at 10,000
 * messages for the threshold of 30.
 */
const URGENT = 50;
/**
 * A greater threshold counts as this then: a room refuses more than 10,000 messages whatever the threshold
 * is.
 */
const URGENT_MOST = 30;
const VOLUNTEERS = 0.15;

/**
 * Decides when a stream is compacted to the state that it folds to, and by which of the clients that fold it
 * (M4, S8).
 */
export class CompactionPolicy {
  /** The newest known number of retained messages. */
  #size = 0;
  /** The newest seq of a compaction that was sent. */
  #at = 0;
  #isRunning = false;
  /** Whether the last compaction failed. The next one is not urgent then: it may be too large as well. */
  #hasFailed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param threshold how many messages may be retained before they are compacted.
   * @param snapshot returns the confirmed state, if this client may compact to it.
   * @param compact sends a compaction, and calls `done` once it is known what became of it.
   */
  constructor(
    readonly threshold: number,
    readonly snapshot: () => Snapshot | undefined,
    readonly compact: (snapshot: Snapshot, done: (outcome: Outcome) => void) => void,
  ) {}

  /**
   * An own push was stored, or refused.
   *
   * @param size how many messages the stream retains; Infinity if it is full.
   */
  sized(size: number): void {
    this.#size = size;
    if (this.#urgency > 1 && !this.#hasFailed) this.#look();
    this.#wait();
  }

  /** The stream was replaced, or is another room's. */
  restart(): void {
    this.#size = this.#at = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** More than 1 if a compaction must not wait. */
  get #urgency(): number {
    return this.#size / URGENT / Math.min(this.threshold, URGENT_MOST);
  }

  /** Looks again after a random delay, if there may be something to do. */
  #wait(): void {
    if (this.#isRunning || this.#size <= this.threshold || !this.snapshot()) return;
    this.#timer ??= setTimeout(() => {
      this.stop();
      this.#look();
    }, Math.random() * DELAY);
  }

  #look(): void {
    const snapshot = this.snapshot();
    if (!snapshot || this.#isRunning || this.#size <= this.threshold) return;
    // A size that came while the last compaction was under way may be older than that. No more messages are
    // retained than came since.
    if (snapshot.seq - this.#at < Math.max(this.threshold, 1)) return;
    // The author of the newest action compacts: so one client does, however many saw the stream grow.
    if (!snapshot.own && (this.#urgency < 1 || Math.random() > this.#urgency * VOLUNTEERS)) return;
    this.#at = snapshot.seq;
    this.#isRunning = true;
    this.compact(snapshot, ({ error }) => {
      this.#isRunning = false;
      this.#hasFailed = !!error;
      this.#wait();
    });
  }
}

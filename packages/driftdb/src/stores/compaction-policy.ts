import type { SequenceNumber } from "driftdb-protocol";
import type { Outcome } from "../connection/outbox.js";

/** What a stream may be compacted to. */
export interface Snapshot {
  /** The newest message that is folded into it. */
  readonly seq: SequenceNumber;
  readonly state: unknown;
  /** Whether that message is one's own, or nobody's. */
  readonly own: boolean;
}

/**
 * A compaction waits for a random part of this, in milliseconds, so that of several clients one is the first, and
 * that a burst of actions is compacted once.
 */
const DELAY = 1_000;
/**
 * At so many times the threshold it is urgent, since a room refuses messages at some size: then it does not wait, and
 * anybody who pushes may compact, since the newest author may be gone. Each does with a probability, as many of them
 * may look at the same moment: of 0.15 at first, more as there is more, and 1 at 10,000 messages for the threshold of 30.
 */
const URGENT = 50;
/** What a greater threshold counts as then: a room refuses more than 10,000 messages whatever the threshold is. */
const URGENT_MOST = 30;
const VOLUNTEERS = 0.15;

/** When a stream that is folded to a state is compacted to it, and by which of the clients that fold it (M4, S8). */
export class CompactionPolicy {
  /** The newest number of retained messages that was heard of. */
  #size = 0;
  /** The newest seq that was compacted at. */
  #at = 0;
  #running = false;
  /** Whether the last one was not taken. The next one is not urgent then: it may be too large as well, and is not small. */
  #failed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param threshold how many messages may be retained before they are compacted.
   * @param snapshot gives what is confirmed now, if this client may compact to it.
   * @param compact sends it, and calls `done` with what became of that, once it is known.
   */
  constructor(
    readonly threshold: number,
    readonly snapshot: () => Snapshot | undefined,
    readonly compact: (snapshot: Snapshot, done: (outcome: Outcome) => void) => void,
  ) {}

  /** @param size how many messages the stream retained after an own push; Infinity if it is full. */
  sized(size: number): void {
    this.#size = size;
    if (this.#urgency > 1 && !this.#failed) this.#look();
    this.#wait();
  }

  /** The stream is another one now. */
  restart(): void {
    this.#size = this.#at = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** More than 1 if it must not wait. */
  get #urgency(): number {
    return this.#size / URGENT / Math.min(this.threshold, URGENT_MOST);
  }

  /** Looks again in a moment, if there may be something to do. */
  #wait(): void {
    if (this.#running || this.#size <= this.threshold || !this.snapshot()) return;
    this.#timer ??= setTimeout(() => {
      this.stop();
      this.#look();
    }, Math.random() * DELAY);
  }

  #look(): void {
    const snapshot = this.snapshot();
    if (!snapshot || this.#running || this.#size <= this.threshold) return;
    // A size that came while the last one was under way may be of before it; but no more is retained than came since.
    if (snapshot.seq - this.#at < Math.max(this.threshold, 1)) return;
    // The author of the newest action does it, so that one client does, however many saw the stream grow.
    if (!snapshot.own && (this.#urgency < 1 || Math.random() > this.#urgency * VOLUNTEERS)) return;
    this.#at = snapshot.seq;
    this.#running = true;
    this.compact(snapshot, ({ error }) => {
      this.#running = false;
      this.#failed = !!error;
      this.#wait();
    });
  }
}

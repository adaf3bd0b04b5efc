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

/** Decides when a stream is compacted. */
export interface CompactionPolicy {
  /**
   * An own push was stored, or refused.
   *
   * @param size how many messages the stream retains; Infinity if it is full.
   */
  sized(size: number): void;
  /** The stream was replaced, or is another room's. */
  restart(): void;
  stop(): void;
}

/**
 * Decides when a stream is compacted to the state that it folds to, and by which of the clients that fold it
 * (M4, S8).
 *
 * @param threshold how many messages may be retained before they are compacted.
 * @param getSnapshot returns the confirmed state, if this client may compact to it.
 * @param compact sends a compaction, and calls `done` once its outcome is known.
 */
export function compactionPolicy(
  threshold: number,
  getSnapshot: () => Snapshot | undefined,
  compact: (snapshot: Snapshot, done: (outcome: Outcome) => void) => void,
): CompactionPolicy {
  /** The newest known number of retained messages. */
  let size = 0;
  /** The newest seq of a compaction that was sent. */
  let compactedTo = 0;
  let isRunning = false;
  /** Whether the last compaction failed. The next one is not urgent then: it may be too large as well. */
  let hasFailed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** More than 1 if a compaction must not wait. */
  const urgency = () => size / URGENT / Math.min(threshold, URGENT_MOST);

  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };

  /** Looks again after a random delay, if there may be something to do. */
  const wait = () => {
    if (isRunning || size <= threshold || !getSnapshot()) return;
    timer ??= setTimeout(() => {
      stop();
      look();
    }, Math.random() * DELAY);
  };

  const look = () => {
    const snapshot = getSnapshot();
    if (!snapshot || isRunning || size <= threshold) return;
    // A size that came while the last compaction was under way may be older than that. No more messages are
    // retained than came since.
    if (snapshot.seq - compactedTo < Math.max(threshold, 1)) return;
    // The author of the newest action compacts: so one client does, however many saw the stream grow.
    if (!snapshot.own && (urgency() < 1 || Math.random() > urgency() * VOLUNTEERS)) return;
    compactedTo = snapshot.seq;
    isRunning = true;
    compact(snapshot, ({ error }) => {
      isRunning = false;
      hasFailed = !!error;
      wait();
    });
  };

  return {
    sized(newSize) {
      size = newSize;
      if (urgency() > 1 && !hasFailed) look();
      wait();
    },
    restart() {
      size = compactedTo = 0;
    },
    stop,
  };
}

import type { Key } from "driftdb-protocol";
import type { RoomHold } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import type { Clock } from "../schedule/clock.js";

/** The most milliseconds that a hold waits for others (D23). */
const WINDOW_MS = 16;

/** The most bytes of values that wait. Beyond this size, one frame saves nothing. */
const MAX_BYTES = 65_536;

/**
 * Collects changed holds of a room, and broadcasts them to sessions in one frame (D23). A hold outside of a
 * window goes out immediately, and opens a window of 16 ms for its key. Changed holds of that key wait in the
 * window. The room's host flushes them before any other output.
 */
export class HoldCoalescer {
  readonly #clock: Clock;
  readonly #broadcast: (key: Key, frame: Frame) => void;
  /** The functions that cancel the timers of the open windows, by key. */
  readonly #windows = new Map<Key, () => void>();
  /** Holds of one key, with consecutive seqs. */
  #waiting: RoomHold[] = [];
  #bytes = 0;

  /** @param broadcast sends a frame to all sessions that listen to the key. */
  constructor(clock: Clock, broadcast: (key: Key, frame: Frame) => void) {
    this.#clock = clock;
    this.#broadcast = broadcast;
  }

  /**
   * Adds the next hold in the room's order.
   *
   * @returns whether the hold waits. If not, the caller has to broadcast it now.
   */
  add(hold: RoomHold): boolean {
    const { key, seq, was, value } = hold;
    const last = this.#waiting.at(-1);
    if (last?.key !== key || last.seq + 1 !== seq || was === undefined) this.flush();
    if (was === undefined || !this.#windows.has(key)) {
      this.#startWindow(key);
      return false;
    }
    this.#waiting.push(hold);
    this.#bytes += value.size;
    if (this.#bytes > MAX_BYTES) this.flush();
    return true;
  }

  /** Broadcasts the holds that wait. */
  flush(): void {
    const holds = this.#waiting;
    const key = holds[0]?.key;
    if (key === undefined) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#startWindow(key);
    this.#broadcast(key, Frame.holds(key, holds));
  }

  close(): void {
    this.flush();
    for (const cancel of this.#windows.values()) cancel();
    this.#windows.clear();
  }

  /** A hold of the key goes out now: later ones wait until the window ends. */
  #startWindow(key: Key): void {
    this.#windows.get(key)?.();
    const end = () => {
      this.#windows.delete(key);
      if (this.#waiting[0]?.key === key) this.flush();
    };
    this.#windows.set(key, this.#clock.after(WINDOW_MS, end));
  }
}

import type { Key } from "driftdb-protocol";
import type { RoomHold } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";
import type { Clock } from "../schedule/clock.js";

/** How long a hold waits for others at most, in ms (D23). */
const WAIT = 16;

/** Bytes of values that wait at most: with more, one frame is no saving any more. */
const MOST_BYTES = 65_536;

/** The holds of a room that sessions are not told of yet: they go out together, and before anything else (D23). */
export class HoldCoalescer {
  readonly #clock: Clock;
  readonly #tell: (key: Key, frame: Frame) => void;
  /** The keys of which sessions were told a hold in the last 16 ms, and what cancels their timers. */
  readonly #recent = new Map<Key, () => void>();
  /** Of one key, and each with the seq that follows the one before. */
  #waiting: RoomHold[] = [];
  #bytes = 0;

  /** @param tell tells all sessions that are told of the key. */
  constructor(clock: Clock, tell: (key: Key, frame: Frame) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /**
   * Takes a hold, in its place in the room's order.
   *
   * @returns whether it waits, and is told later. If not, it is to be told now.
   */
  add(hold: RoomHold): boolean {
    const { key, seq, was, value } = hold;
    const last = this.#waiting.at(-1);
    if (last?.key !== key || last.seq + 1 !== seq || was === undefined) this.flush();
    if (was === undefined || !this.#recent.has(key)) {
      this.#begin(key);
      return false;
    }
    this.#waiting.push(hold);
    this.#bytes += value.size;
    if (this.#bytes > MOST_BYTES) this.flush();
    return true;
  }

  /** Tells what waits. */
  flush(): void {
    const holds = this.#waiting;
    const key = holds[0]?.key;
    if (key === undefined) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#begin(key);
    this.#tell(key, Frame.holds(key, holds));
  }

  close(): void {
    this.flush();
    for (const cancel of this.#recent.values()) cancel();
    this.#recent.clear();
  }

  /** A hold of the key is told now: those that follow wait for each other. */
  #begin(key: Key): void {
    this.#recent.get(key)?.();
    const end = () => {
      this.#recent.delete(key);
      if (this.#waiting[0]?.key === key) this.flush();
    };
    this.#recent.set(key, this.#clock.after(WAIT, end));
  }
}

/** Time, and what is to happen later. Engines, rooms and the simulation each take theirs as an argument. */
export interface Clock {
  /** Milliseconds of a steady clock: only differences mean something. */
  now(): number;
  /** Milliseconds since 1970. */
  time(): number;
  /**
   * Calls `run` once, `ms` milliseconds from now. It does not keep the process alive.
   *
   * @returns cancels it.
   */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` once in the next turn of the event loop, after what has arrived by then. */
  nextTurn(run: () => void): void;
}

/** What Node adds to a timer's handle. */
type Timer = ReturnType<typeof setTimeout> & { unref?: () => void };

/** The platform's own clock: in Node and in workers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  time: () => Date.now(),
  after(ms, run) {
    const timer: Timer = setTimeout(run, ms);
    timer.unref?.();
    return () => clearTimeout(timer);
  },
  nextTurn(run) {
    if (typeof setImmediate === "function") setImmediate(run);
    else setTimeout(run, 0);
  },
};

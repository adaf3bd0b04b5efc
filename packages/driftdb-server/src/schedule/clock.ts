/** Time and timers. Tests and the simulation pass their own. */
export interface Clock {
  /** Milliseconds of a steady clock. Only differences have a meaning. */
  now(): number;
  /** Milliseconds since 1970. */
  time(): number;
  /**
   * Calls `run` once, after `ms` milliseconds. The timer does not keep the process alive.
   *
   * @returns a function that cancels the timer.
   */
  after(ms: number, run: () => void): () => void;
  /** Calls `run` once in the next turn of the event loop, after the input that has arrived by then. */
  nextTurn(run: () => void): void;
}

/** A timer's handle, with the method that Node adds. */
type Timer = ReturnType<typeof setTimeout> & { unref?: () => void };

/** The platform's clock, in Node and in workers. */
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

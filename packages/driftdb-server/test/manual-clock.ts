import type { Clock } from "../src/schedule/clock.js";

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A clock whose time passes only in `advance`. `nextTurn` uses the real event loop. */
export class ManualClock implements Clock {
  #now = 1_000;
  #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  time(): number {
    return 1_700_000_000_000 + this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  nextTurn(run: () => void): void {
    setImmediate(run);
  }

  /** The number of waiting timers. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Lets `ms` milliseconds pass, and runs the timers that are due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
      if (!next) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.due);
      next.run();
    }
    this.#now = end;
  }
}

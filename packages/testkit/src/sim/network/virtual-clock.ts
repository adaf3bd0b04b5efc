/** A computer that can crash. Afterwards, its timers no longer fire. */
export interface Machine {
  readonly name: string;
  alive: boolean;
}

/** A timer. The code under test receives it as an object with `ref` and `unref`, like in Node. */
class Timer {
  /** Whether the timer has fired, or was cleared. */
  gone = false;

  constructor(
    readonly machine: Machine,
    readonly call: () => void,
    readonly every: number | undefined,
    public due: number,
    public order: number,
  ) {}

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  before(other: Timer): boolean {
    return this.due < other.due || (this.due === other.due && this.order < other.order);
  }
}

const NOBODY: Machine = { name: "nobody", alive: true };

/**
 * A clock that advances on demand. Once installed, it replaces the timers, the clock and the random numbers
 * of the process, so that the code under test runs unchanged.
 */
export class VirtualClock {
  now = 0;
  /** The machine whose code runs now. Its timers end when it crashes. */
  machine: Machine = NOBODY;
  /** A binary heap: each timer is due no earlier than its parent, at half the index. */
  readonly #heap: Timer[] = [];
  #count = 0;

  /** Replaces the functions of the process. @returns a function that restores them. */
  install(random: () => number): () => void {
    const saved = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
    const { now } = performance;
    const { now: date } = Date;
    const { random: chance } = Math;
    const set = (call: () => void, delay?: number) => this.#set(call, delay ?? 0, undefined);
    const clear = (timer: unknown) => {
      if (timer instanceof Timer) timer.gone = true;
    };
    Object.assign(globalThis, {
      setTimeout: set,
      clearTimeout: clear,
      setInterval: (call: () => void, delay: number) => this.#set(call, delay, delay),
      clearInterval: clear,
      setImmediate: (call: () => void) => this.#set(call, 0, undefined),
      clearImmediate: clear,
    });
    performance.now = () => this.now;
    Date.now = () => this.now;
    Math.random = random;
    return () => {
      Object.assign(globalThis, saved);
      performance.now = now;
      Date.now = date;
      Math.random = chance;
    };
  }

  /** Calls a function after `delay` ms, as code of a machine. */
  after(delay: number, call: () => void, machine: Machine = this.machine): void {
    this.as(machine, () => this.#set(call, delay, undefined));
  }

  /** Runs code of a machine, if the machine is alive. */
  as(machine: Machine, call: () => void): void {
    if (!machine.alive) return;
    const before = this.machine;
    this.machine = machine;
    try {
      call();
    } finally {
      this.machine = before;
    }
  }

  /** Whether a machine has a timer that will fire. */
  awaits(machine: Machine): boolean {
    return this.#heap.some((timer) => !timer.gone && timer.machine === machine);
  }

  /**
   * Advances to the next timer, and runs it. Its machine stays the current one until the next step, because
   * its promises continue there.
   *
   * @returns whether there was a timer.
   */
  step(): boolean {
    for (let timer = this.#pop(); timer; timer = this.#pop()) {
      if (timer.gone || !timer.machine.alive) continue;
      this.now = Math.max(this.now, timer.due);
      this.machine = timer.machine;
      if (timer.every === undefined) timer.gone = true;
      else {
        timer.due = this.now + timer.every;
        timer.order = ++this.#count;
        this.#push(timer);
      }
      timer.call();
      return true;
    }
    return false;
  }

  #set(call: () => void, delay: number, every: number | undefined): Timer {
    const due = this.now + Math.max(0, delay);
    const timer = new Timer(this.machine, call, every, due, ++this.#count);
    this.#push(timer);
    return timer;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above] as Timer;
      if (!timer.before(other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as Timer).before(heap[below] as Timer)) below++;
      const other = heap[below] as Timer;
      if (!other.before(last)) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

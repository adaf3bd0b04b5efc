import { type Clock, systemClock } from "./clock.js";

/** How long what is not urgent may keep everybody else waiting, in ms. */
const SLICE = 4;

/** Long work, done a few milliseconds in each turn of an event loop, one step of each job in turn. */
export class BackgroundJobs {
  readonly #clock: Clock;
  /** Each does a step, and answers whether it is to be called again. */
  readonly #jobs: (() => boolean)[] = [];
  #isScheduled = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @param step does a short part of the work, and answers whether it is to be called again. */
  add(step: () => boolean): void {
    this.#jobs.push(step);
    this.#schedule();
  }

  /** What long work comes to. Its first step is done at once. */
  result<T>(steps: Generator<void, T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const step = (): boolean => {
        try {
          const { done, value } = steps.next();
          if (done) resolve(value);
          return !done;
        } catch (error) {
          reject(error as Error);
          return false;
        }
      };
      if (step()) this.add(step);
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#jobs.length === 0) return;
    this.#isScheduled = true;
    this.#clock.nextTurn(() => this.#work());
  }

  #work(): void {
    const end = this.#clock.now() + SLICE;
    for (
      let step = this.#jobs.shift();
      step;
      step = this.#clock.now() < end ? this.#jobs.shift() : undefined
    ) {
      try {
        if (step()) this.#jobs.push(step);
      } catch (error) {
        // It is given up. Whoever waits for it has to notice by himself.
        console.error(error);
      }
    }
    this.#isScheduled = false;
    this.#schedule();
  }
}

/** Those of the process: whatever shares its event loop shares these few milliseconds. */
export const backgroundJobs = new BackgroundJobs();

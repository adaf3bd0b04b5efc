import { type Clock, systemClock } from "./clock.js";

/** Milliseconds of background work in one turn of the event loop. */
const SLICE_MS = 4;

/**
 * Does long work in slices: a few milliseconds in each turn of the event loop, one step of each job after
 * another.
 */
export class BackgroundJobs {
  readonly #clock: Clock;
  /** One function per job. It does a step, and returns whether the job has more. */
  readonly #jobs: (() => boolean)[] = [];
  #isScheduled = false;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @param step does a short part of the work, and returns whether the job has more. */
  add(step: () => boolean): void {
    this.#jobs.push(step);
    this.#schedule();
  }

  /** Runs a generator to its end, and resolves with its result. The first step runs immediately. */
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
    const end = this.#clock.now() + SLICE_MS;
    for (
      let step = this.#jobs.shift();
      step;
      step = this.#clock.now() < end ? this.#jobs.shift() : undefined
    ) {
      try {
        if (step()) this.#jobs.push(step);
      } catch (error) {
        // The job ends here. A job with a waiting caller catches its own errors, as `result` does.
        console.error(error);
      }
    }
    this.#isScheduled = false;
    this.#schedule();
  }
}

/** The jobs of this process. All servers of one event loop share them, and their milliseconds. */
export const backgroundJobs = new BackgroundJobs();

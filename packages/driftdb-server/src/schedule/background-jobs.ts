import { systemClock } from "./clock.js";

/** How long what is not urgent may keep everybody else waiting, in ms. */
const SLICE = 4;

/** What is to be done, one step each in turn. */
const jobs: (() => boolean)[] = [];
let scheduled = false;

/**
 * Does long work in steps, a few milliseconds in each turn of the event loop.
 *
 * @param step does a short part of it, and answers whether it is to be called again.
 */
export function inBackground(step: () => boolean): void {
  jobs.push(step);
  schedule();
}

/** What long work comes to, which is done a few milliseconds in each turn, the first step at once. */
export function result<T>(steps: Generator<void, T>): Promise<T> {
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
    if (step()) inBackground(step);
  });
}

function schedule(): void {
  if (scheduled || jobs.length === 0) return;
  scheduled = true;
  systemClock.nextTurn(work);
}

function work(): void {
  const end = performance.now() + SLICE;
  for (let step = jobs.shift(); step; step = performance.now() < end ? jobs.shift() : undefined) {
    try {
      if (step()) jobs.push(step);
    } catch (error) {
      // It is given up. Whoever waits for it has to notice by himself.
      console.error(error);
    }
  }
  scheduled = false;
  schedule();
}

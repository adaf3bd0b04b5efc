import { expect, test, vi } from "vitest";
import { backgroundJobs } from "./background-jobs.js";

/** Adds a job of `steps` steps, each of `length` milliseconds. */
function work(name: string, steps: number, length: number, order: string[]): Promise<void> {
  let left = steps;
  return new Promise((resolve) => {
    backgroundJobs.add(() => {
      const end = performance.now() + length;
      while (performance.now() < end);
      order.push(name);
      if (--left === 0) resolve();
      return left > 0;
    });
  });
}

test("does one step of each job after another, and leaves turns of the event loop between them", async () => {
  const order: string[] = [];
  let turns = 0;
  let looking = true;
  const look = () => {
    turns++;
    if (looking) setImmediate(look);
  };
  setImmediate(look);
  await Promise.all([work("a", 6, 2, order), work("b", 6, 2, order)]);
  looking = false;
  expect(order.slice(0, 6)).toEqual(["a", "b", "a", "b", "a", "b"]);
  // Two or three steps take 4 ms, so 12 steps take at least four turns on any machine.
  expect(turns).toBeGreaterThanOrEqual(4);
});

test("reports a job that throws, and goes on with the others", async () => {
  const order: string[] = [];
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  backgroundJobs.add(() => {
    throw new Error("it fails");
  });
  await work("a", 2, 0, order);
  expect(order).toEqual(["a", "a"]);
  expect(error).toHaveBeenCalledExactlyOnceWith(new Error("it fails"));
  error.mockRestore();
});

import { expect, test, vi } from "vitest";
import { backgroundJobs } from "./background-jobs.js";

/** Work of so many steps, each so many milliseconds long. */
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

test("what is long is done a step each in turn, and lets everybody else go on in between", async () => {
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
  // Two or three steps are 4 ms: 12 of them are four turns, however slow the machine is, or more.
  expect(turns).toBeGreaterThanOrEqual(4);
});

test("work that fails is told of, and not the others' business", async () => {
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

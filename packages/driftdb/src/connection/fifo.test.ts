import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.js";

describe("Fifo", () => {
  it("returns undefined when it is empty, and works afterwards", () => {
    const queue = new Fifo<string>();
    expect([queue.shift(), queue.shift(), queue.size]).toEqual([undefined, undefined, 0]);
    queue.add("a");
    expect([queue.shift(), queue.shift(), queue.size]).toEqual(["a", undefined, 0]);
    queue.add("b").add("c");
    expect([queue.shift(), queue.size, queue.shift(), queue.shift()]).toEqual(["b", 1, "c", undefined]);
    queue.add("d");
    queue.clear();
    expect(queue.shift()).toBe(undefined);
    queue.add("e");
    expect(queue.shift()).toBe("e");
  });

  it("behaves as an array with shift()", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant("add" as const) },
      { weight: 4, arbitrary: fc.constant("shift" as const) },
      { weight: 1, arbitrary: fc.constant("clear" as const) },
      fc.nat(20),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const what of steps) {
          if (what === "add") {
            queue.add(next);
            model.push(next++);
          } else if (what === "shift") {
            expect(queue.shift()).toBe(model.shift());
          } else if (what === "clear") {
            queue.clear();
            model = [];
          } else {
            queue.delete(what);
            model = model.filter((item) => item !== what);
          }
          expect([...queue]).toEqual(model);
        }
        for (const item of model) expect(queue.shift()).toBe(item);
        expect(queue.shift()).toBe(undefined);
      }),
    );
  });

  it("empties a queue of 200,000 items quickly, also if it is empty in between", () => {
    const queue = new Fifo<number>();
    const start = performance.now();
    for (let i = 0; i < 200_000; i++) queue.add(i);
    for (let i = 0; i < 200_000; i += 2) queue.delete(i);
    while (queue.shift() !== undefined) {}
    for (let i = 0; i < 100_000; i++) {
      queue.add(i);
      queue.shift();
      queue.shift();
    }
    // A new iterator for each item takes 10 s for the first half of it, an array a minute.
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});

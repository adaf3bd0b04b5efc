import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.js";

describe("TokenBucket", () => {
  test("allows the burst, then the rate", () => {
    const bucket = new TokenBucket(10, 3, 0);
    expect([1, 2, 3].map(() => bucket.tryTake(1, 0))).toEqual([0, 0, 0]);
    expect(bucket.tryTake(1, 0)).toBe(100);
    expect(bucket.tryTake(1, 50)).toBe(50);
    expect(bucket.tryTake(1, 100)).toBe(0);
    expect(bucket.tryTake(1, 100)).toBe(100);
  });

  test("never fills beyond the burst", () => {
    const bucket = new TokenBucket(10, 3, 0);
    expect(bucket.tryTake(3, 1_000_000)).toBe(0);
    expect(bucket.tryTake(1, 1_000_000)).toBe(100);
  });

  test("tryTake takes nothing when there are too few tokens", () => {
    const bucket = new TokenBucket(1, 2, 0);
    expect(bucket.tryTake(3, 0)).toBe(1_000);
    expect(bucket.tryTake(2, 0)).toBe(0);
  });

  test("take goes into debt, and time pays the debt", () => {
    const bucket = new TokenBucket(10, 2, 0);
    expect(bucket.take(2, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBe(100);
    expect(bucket.take(4, 0)).toBe(500);
    expect(bucket.take(1, 600)).toBe(0);
    expect(bucket.take(1, 600)).toBe(100);
  });

  test("is full again after enough time without use", () => {
    const bucket = new TokenBucket(10, 2, 0);
    expect(bucket.isFull(0)).toBe(true);
    bucket.take(2, 0);
    expect(bucket.isFull(199)).toBe(false);
    expect(bucket.isFull(200)).toBe(true);
  });

  test.each([
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [1, Number.POSITIVE_INFINITY],
    [Number.POSITIVE_INFINITY, 1],
  ])("never waits with a rate of %d and a burst of %d", (rate, burst) => {
    const bucket = new TokenBucket(rate, burst, 0);
    for (const now of [0, 0, 1, 1, 1, 500]) {
      expect(bucket.take(1_000, now)).toBe(0);
    }
  });

  test("a clock that runs backwards neither adds nor removes tokens", () => {
    const bucket = new TokenBucket(10, 2, 1_000);
    expect(bucket.tryTake(1, 0)).toBe(0);
    expect(bucket.tryTake(1, 0)).toBe(0);
    expect(bucket.tryTake(1, 0)).toBe(100);
  });

  test("a caller that waits as long as take says never passes the rate and the burst", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.record({ tokens: fc.integer({ min: 1, max: 50 }), idle: fc.nat(100) })),
        (rate, burst, steps) => {
          const bucket = new TokenBucket(rate, burst, 0);
          let now = 0;
          let before = 0;
          for (const { tokens, idle } of steps) {
            // The tokens before this step: only the last step may go into debt.
            expect(before).toBeLessThanOrEqual(burst + (now / 1_000) * rate + 1e-6);
            const wait = bucket.take(tokens, now);
            expect(wait).toBeGreaterThanOrEqual(0);
            before += tokens;
            now += wait + idle;
          }
        },
      ),
    );
  });
});

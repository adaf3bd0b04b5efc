import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits, resolveLimits } from "./limits.js";

describe("resolveLimits", () => {
  test("fills in the defaults", () => {
    expect(resolveLimits()).toEqual(DEFAULT_LIMITS);
    expect(resolveLimits({})).toEqual(DEFAULT_LIMITS);
    expect(resolveLimits({ keys: 5 })).toEqual({ ...DEFAULT_LIMITS, keys: 5 });
  });

  test("DEFAULT_LIMITS are the limits that README.md lists", () => {
    expect(DEFAULT_LIMITS).toEqual({
      keys: 1_000,
      messagesPerKey: 10_000,
      bytesPerKey: 8 * 2 ** 20,
      bytesPerRoom: 64 * 2 ** 20,
      messagesPerSecond: 200,
      messageBurst: 400,
      bytesPerSecond: 2 ** 20,
      roomsPerMinute: 60,
      connectionsPerAddress: 256,
      connections: 10_000,
    });
  });

  test("false lifts the rates, and leaves the limits of rooms", () => {
    const { keys, messagesPerKey, bytesPerKey, bytesPerRoom, ...rates } = resolveLimits(false);
    expect(DEFAULT_LIMITS).toMatchObject({ keys, messagesPerKey, bytesPerKey, bytesPerRoom });
    expect(new Set(Object.values(rates))).toEqual(new Set([Number.POSITIVE_INFINITY]));
  });

  test.each([0, -1, Number.NaN, undefined as unknown as number, "x" as unknown as number])(
    "refuses %s and names the limit",
    (value) => {
      for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
        expect(() => resolveLimits({ [name]: value })).toThrow(RangeError);
        expect(() => resolveLimits({ [name]: value })).toThrow(`limits.${name} is ${value}`);
      }
    },
  );
});

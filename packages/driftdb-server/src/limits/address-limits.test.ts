import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AddressLimits } from "./address-limits.js";
import { type Limits, resolveLimits } from "./limits.js";

const limits = (given: Partial<Limits> | false) => new AddressLimits(resolveLimits(given));

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("AddressLimits", () => {
  test("messages: the burst, then the rate, for each address by itself", () => {
    const addresses = limits({ messagesPerSecond: 10, messageBurst: 2 });
    expect([1, 2].map(() => addresses.message("a"))).toEqual([0, 0]);
    expect(addresses.message("a")).toBe(100);
    expect(addresses.message("b")).toBe(0);
    vi.advanceTimersByTime(100);
    expect(addresses.message("a")).toBe(0);
    expect(addresses.message("a")).toBe(100);
  });

  test("new rooms: so many a minute, all of them at once if need be", () => {
    const addresses = limits({ roomsPerMinute: 3 });
    expect([1, 2, 3].map(() => addresses.room("a"))).toEqual([0, 0, 0]);
    expect(addresses.room("a")).toBe(20_000);
    expect(addresses.room("b")).toBe(0);
    vi.advanceTimersByTime(20_000);
    expect(addresses.room("a")).toBe(0);
  });

  test("new rooms and messages are counted apart", () => {
    const addresses = limits({ roomsPerMinute: 1, messagesPerSecond: 1, messageBurst: 1 });
    expect(addresses.room("a")).toBe(0);
    expect(addresses.message("a")).toBe(0);
  });

  test("connections of an address", () => {
    const addresses = limits({ connectionsPerAddress: 2 });
    expect([1, 2, 3].map(() => addresses.connect("a"))).toEqual([true, true, false]);
    expect(addresses.connect("b")).toBe(true);
    addresses.disconnect("a");
    expect([1, 2].map(() => addresses.connect("a"))).toEqual([true, false]);
  });

  test("connections in all", () => {
    const addresses = limits({ connections: 2 });
    expect(["a", "b", "c"].map((address) => addresses.connect(address))).toEqual([true, true, false]);
    addresses.disconnect("a");
    expect(addresses.connect("c")).toBe(true);
    // One that was refused was not counted.
    addresses.disconnect("b");
    addresses.disconnect("c");
    expect(["a", "b", "c"].map((address) => addresses.connect(address))).toEqual([true, true, false]);
  });

  test("without limits nothing is ever refused", () => {
    const addresses = limits(false);
    for (let i = 0; i < 2_000; i++) {
      expect([addresses.message("a"), addresses.room("a"), addresses.connect("a")]).toEqual([0, 0, true]);
    }
  });

  test("an address that goes on too fast is not forgotten, however many others come", () => {
    const addresses = limits({ messagesPerSecond: 1, messageBurst: 2 });
    addresses.message("busy");
    addresses.message("busy");
    expect(addresses.message("busy")).toBe(1_000);
    const waits = Array.from({ length: 15_000 }, (_, i) => addresses.message(`${i}`));
    expect(new Set(waits)).toEqual(new Set([0]));
    expect(addresses.message("busy")).toBe(1_000);
  });
});

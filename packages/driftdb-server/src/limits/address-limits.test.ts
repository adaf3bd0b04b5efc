import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AddressLimits } from "./address-limits.js";
import { type Limits, resolveLimits } from "./limits.js";

const limits = (options: Partial<Limits> | false) => new AddressLimits(resolveLimits(options));

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("AddressLimits", () => {
  test("allows each address a burst of messages, then the rate", () => {
    const addresses = limits({ messagesPerSecond: 10, messageBurst: 2 });
    expect([1, 2].map(() => addresses.message("a"))).toEqual([0, 0]);
    expect(addresses.message("a")).toBe(100);
    expect(addresses.message("b")).toBe(0);
    vi.advanceTimersByTime(100);
    expect(addresses.message("a")).toBe(0);
    expect(addresses.message("a")).toBe(100);
  });

  test("allows an address the new rooms of a minute in one burst", () => {
    const addresses = limits({ roomsPerMinute: 3 });
    expect([1, 2, 3].map(() => addresses.room("a"))).toEqual([0, 0, 0]);
    expect(addresses.room("a")).toBe(20_000);
    expect(addresses.room("b")).toBe(0);
    vi.advanceTimersByTime(20_000);
    expect(addresses.room("a")).toBe(0);
  });

  test("counts new rooms and messages separately", () => {
    const addresses = limits({ roomsPerMinute: 1, messagesPerSecond: 1, messageBurst: 1 });
    expect(addresses.room("a")).toBe(0);
    expect(addresses.message("a")).toBe(0);
  });

  test("limits the open connections of an address", () => {
    const addresses = limits({ connectionsPerAddress: 2 });
    expect([1, 2, 3].map(() => addresses.connect("a"))).toEqual([true, true, false]);
    expect(addresses.connect("b")).toBe(true);
    addresses.disconnect("a");
    expect([1, 2].map(() => addresses.connect("a"))).toEqual([true, false]);
  });

  test("limits the open connections of the server", () => {
    const addresses = limits({ connections: 2 });
    expect(["a", "b", "c"].map((address) => addresses.connect(address))).toEqual([true, true, false]);
    addresses.disconnect("a");
    expect(addresses.connect("c")).toBe(true);
    // The connection that was refused does not count.
    addresses.disconnect("b");
    addresses.disconnect("c");
    expect(["a", "b", "c"].map((address) => addresses.connect(address))).toEqual([true, true, false]);
  });

  test("refuses nothing without limits", () => {
    const addresses = limits(false);
    for (let i = 0; i < 2_000; i++) {
      expect([addresses.message("a"), addresses.room("a"), addresses.connect("a")]).toEqual([0, 0, true]);
    }
  });

  test("remembers an address that is too fast, however many others follow", () => {
    const addresses = limits({ messagesPerSecond: 1, messageBurst: 2 });
    addresses.message("busy");
    addresses.message("busy");
    expect(addresses.message("busy")).toBe(1_000);
    const waits = Array.from({ length: 15_000 }, (_, i) => addresses.message(`${i}`));
    expect(new Set(waits)).toEqual(new Set([0]));
    expect(addresses.message("busy")).toBe(1_000);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Engine, EngineRoom, RoomEvents } from "../engine/engine.js";
import { OpenRooms } from "./open-rooms.js";

/** An engine whose rooms load when they are told to, and that counts what is open. */
class FakeEngine implements Engine {
  readonly ids = new Set<string>();
  readonly open_ = new Map<string, RoomEvents>();
  /** How often each room was opened. */
  readonly opened: string[] = [];
  /** Set, it holds back every load until it is called with how they end. */
  loading: ((error?: Error) => void)[] | null = null;
  closed = false;

  async create(room: string): Promise<void> {
    this.ids.add(room);
  }

  async exists(room: string): Promise<boolean> {
    return this.ids.has(room);
  }

  async open(room: string, events: RoomEvents): Promise<EngineRoom | null> {
    this.opened.push(room);
    if (this.loading) {
      await new Promise<void>((resolve, reject) => {
        this.loading?.push((error) => (error ? reject(error) : resolve()));
      });
    }
    if (!this.ids.has(room)) return null;
    if (this.open_.has(room)) throw new Error(`${room} is open already`);
    this.open_.set(room, events);
    return {
      refuse: () => {},
      push: () => {},
      get: () => {},
      resume: () => {},
      hello: () => {},
      hold: () => {},
      release: () => {},
      keys: () => {},
      barrier: () => {},
      close: () => void this.open_.delete(room),
    };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

let engine: FakeEngine;
let rooms: OpenRooms;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  engine = new FakeEngine();
  rooms = new OpenRooms(engine);
});
afterEach(() => void vi.useRealTimers());

describe("OpenRooms", () => {
  test("P1 create makes a room that the engine keeps, of an id that nobody can guess", async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => rooms.create()));
    expect(engine.ids).toEqual(new Set(ids));
    expect(engine.ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
    expect(engine.opened).toEqual([]);
  });

  test("a room is opened once, however many use it", async () => {
    const id = await rooms.create();
    const host = await rooms.acquire(id);
    expect(host).not.toBeNull();
    expect(await rooms.acquire(id)).toBe(host);
    expect(engine.opened).toEqual([id]);
  });

  test("a room is opened once for all who come while it loads", async () => {
    const id = await rooms.create();
    engine.loading = [];
    const waiting = [rooms.acquire(id), rooms.acquire(id), rooms.acquire(id)];
    expect(engine.loading).toHaveLength(1);
    engine.loading[0]?.();
    const [first, ...others] = await Promise.all(waiting);
    for (const other of others) expect(other).toBe(first);
    for (let i = 0; i < 3; i++) {
      expect(engine.open_.has(id)).toBe(true);
      rooms.release(id);
    }
    vi.advanceTimersByTime(20_000);
    expect(engine.open_.has(id)).toBe(false);
  });

  test("a room that does not exist is null for all who ask, and leaves nothing behind", async () => {
    engine.loading = [];
    const waiting = [rooms.acquire("unknown"), rooms.acquire("unknown")];
    engine.loading[0]?.();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    // Had it been kept, it would not be asked for again.
    engine.loading = null;
    engine.ids.add("unknown");
    expect(await rooms.acquire("unknown")).not.toBeNull();
  });

  test("a room that fails to load fails for all who wait, and can be tried again", async () => {
    const id = await rooms.create();
    engine.loading = [];
    const waiting = [rooms.acquire(id), rooms.acquire(id)];
    engine.loading[0]?.(new Error("the disk is on fire"));
    for (const failed of waiting) await expect(failed).rejects.toThrow("on fire");
    engine.loading = null;
    expect(await rooms.acquire(id)).not.toBeNull();
  });

  test("a room that nobody uses lingers for 20 s, and is closed then", async () => {
    const id = await rooms.create();
    await rooms.acquire(id);
    await rooms.acquire(id);
    rooms.release(id);
    vi.advanceTimersByTime(60_000);
    expect(engine.open_.has(id)).toBe(true);
    rooms.release(id);
    vi.advanceTimersByTime(19_999);
    expect(engine.open_.has(id)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(engine.open_.has(id)).toBe(false);
  });

  test("a room that is used again while it lingers stays open, and is not loaded again", async () => {
    const id = await rooms.create();
    const host = await rooms.acquire(id);
    for (let i = 0; i < 5; i++) {
      rooms.release(id);
      vi.advanceTimersByTime(19_999);
      expect(await rooms.acquire(id)).toBe(host);
    }
    vi.advanceTimersByTime(60_000);
    expect(engine.open_.has(id)).toBe(true);
    expect(engine.opened).toEqual([id]);
  });

  test("a room that was closed is opened anew", async () => {
    const id = await rooms.create();
    const first = await rooms.acquire(id);
    rooms.release(id);
    vi.advanceTimersByTime(20_000);
    const second = await rooms.acquire(id);
    expect(second).not.toBe(first);
    expect(engine.opened).toEqual([id, id]);
  });

  test("1,000 rooms that were opened and left leave nothing behind", async () => {
    for (let i = 0; i < 1_000; i++) {
      const id = await rooms.create();
      await rooms.acquire(id);
      rooms.release(id);
    }
    expect(engine.open_.size).toBe(1_000);
    vi.advanceTimersByTime(20_000);
    expect(engine.open_.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("close lets go of all rooms and of the engine, and of the timers", async () => {
    const [used, left] = [await rooms.create(), await rooms.create()];
    await rooms.acquire(used);
    await rooms.acquire(left);
    rooms.release(left);
    await rooms.close();
    expect(engine.closed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    // Connections give their rooms back when they are closed, which may be after it.
    rooms.release(used);
    expect(vi.getTimerCount()).toBe(0);
  });
});

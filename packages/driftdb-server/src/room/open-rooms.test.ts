import { beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import type { Engine, EngineRoom, Host } from "../engine/engine.js";
import { OpenRooms } from "./open-rooms.js";
import type { RoomHost } from "./room-host.js";

/** An engine whose loads the test can hold back, and that counts the open rooms. */
class FakeEngine implements Engine {
  readonly ids = new Set<string>();
  readonly open_ = new Map<string, Host>();
  /** The rooms in the order in which they were opened. */
  readonly opened: string[] = [];
  /** When set, each load waits until the test calls its function here, with an error to let it fail. */
  loading: ((error?: Error) => void)[] | null = null;
  closed = false;

  async create(room: string): Promise<void> {
    this.ids.add(room);
  }

  async exists(room: string): Promise<boolean> {
    return this.ids.has(room);
  }

  async open(room: string, host: Host): Promise<EngineRoom | null> {
    this.opened.push(room);
    if (this.loading) {
      await new Promise<void>((resolve, reject) => {
        this.loading?.push((error) => (error ? reject(error) : resolve()));
      });
    }
    if (!this.ids.has(room)) return null;
    if (this.open_.has(room)) throw new Error(`${room} is open already`);
    this.open_.set(room, host);
    return { submit: () => {}, close: () => void this.open_.delete(room) };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

let clock: ManualClock;
let engine: FakeEngine;
let rooms: OpenRooms;

beforeEach(() => {
  clock = new ManualClock();
  engine = new FakeEngine();
  rooms = new OpenRooms(engine, clock);
});

/** @throws {Error} if the room does not exist. */
async function acquire(id: string): Promise<RoomHost> {
  const host = await rooms.acquire(id);
  if (!host) throw new Error("the room does not exist");
  return host;
}

describe("OpenRooms", () => {
  test("P1 create makes a room in the engine, with a random id", async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => rooms.create()));
    expect(engine.ids).toEqual(new Set(ids));
    expect(engine.ids.size).toBe(100);
    for (const id of ids) expect(id).toMatch(/^[0-9abcdefghjkmnpqrstvwxyz]{26}$/);
    expect(engine.opened).toEqual([]);
  });

  test("opens a room once for all its users", async () => {
    const id = await rooms.create();
    const host = await rooms.acquire(id);
    expect(host).not.toBeNull();
    expect(await rooms.acquire(id)).toBe(host);
    expect(engine.opened).toEqual([id]);
  });

  test("opens a room once for all users that arrive while it loads", async () => {
    const id = await rooms.create();
    engine.loading = [];
    const waiting = [rooms.acquire(id), rooms.acquire(id), rooms.acquire(id)];
    expect(engine.loading).toHaveLength(1);
    engine.loading[0]?.();
    const [first, ...others] = await Promise.all(waiting);
    for (const other of others) expect(other).toBe(first);
    for (let i = 0; i < 3; i++) {
      expect(engine.open_.has(id)).toBe(true);
      rooms.release(first as RoomHost);
    }
    clock.advance(20_000);
    expect(engine.open_.has(id)).toBe(false);
  });

  test("acquire returns null for a room that does not exist, and asks the engine again the next time", async () => {
    engine.loading = [];
    const waiting = [rooms.acquire("unknown"), rooms.acquire("unknown")];
    engine.loading[0]?.();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    engine.loading = null;
    engine.ids.add("unknown");
    expect(await rooms.acquire("unknown")).not.toBeNull();
  });

  test("acquire rejects for all users when a load fails, and tries again the next time", async () => {
    const id = await rooms.create();
    engine.loading = [];
    const waiting = [rooms.acquire(id), rooms.acquire(id)];
    engine.loading[0]?.(new Error("the disk is on fire"));
    for (const failed of waiting) await expect(failed).rejects.toThrow("on fire");
    engine.loading = null;
    expect(await rooms.acquire(id)).not.toBeNull();
  });

  test("closes a room that was unused for 20 s", async () => {
    const id = await rooms.create();
    const host = await acquire(id);
    await acquire(id);
    rooms.release(host);
    clock.advance(60_000);
    expect(engine.open_.has(id)).toBe(true);
    rooms.release(host);
    clock.advance(19_999);
    expect(engine.open_.has(id)).toBe(true);
    clock.advance(1);
    expect(engine.open_.has(id)).toBe(false);
  });

  test("a room that is used again within 20 s stays open", async () => {
    const id = await rooms.create();
    const host = await acquire(id);
    for (let i = 0; i < 5; i++) {
      rooms.release(host);
      clock.advance(19_999);
      expect(await rooms.acquire(id)).toBe(host);
    }
    clock.advance(60_000);
    expect(engine.open_.has(id)).toBe(true);
    expect(engine.opened).toEqual([id]);
  });

  test("opens a closed room again", async () => {
    const id = await rooms.create();
    const first = await acquire(id);
    rooms.release(first);
    clock.advance(20_000);
    const second = await rooms.acquire(id);
    expect(second).not.toBe(first);
    expect(engine.opened).toEqual([id, id]);
  });

  test("closes 1,000 unused rooms, and leaves no timer", async () => {
    for (let i = 0; i < 1_000; i++) {
      const id = await rooms.create();
      rooms.release(await acquire(id));
    }
    expect(engine.open_.size).toBe(1_000);
    clock.advance(20_000);
    expect(engine.open_.size).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("close closes the engine, and leaves no timer", async () => {
    const [used, left] = [await rooms.create(), await rooms.create()];
    const host = await acquire(used);
    rooms.release(await acquire(left));
    await rooms.close();
    expect(engine.closed).toBe(true);
    expect(clock.timers).toBe(0);
    // A connection releases its room when its socket closes, which may be later.
    rooms.release(host);
    expect(clock.timers).toBe(0);
  });

  /** Lets the engine lose a room. */
  function lose(id: string): void {
    const host = engine.open_.get(id);
    engine.open_.delete(id);
    host?.deliver([{ type: "lost" }]);
  }

  test("opens a lost room again for the next user", async () => {
    const id = await rooms.create();
    const first = await acquire(id);
    lose(id);
    const second = await acquire(id);
    expect(second).not.toBe(first);
    expect(engine.opened).toEqual([id, id]);
    // The connections of the lost room release it, and not the room that is open now.
    rooms.release(first);
    clock.advance(60_000);
    expect(await acquire(id)).toBe(second);
    expect(engine.open_.has(id)).toBe(true);
    for (let i = 0; i < 2; i++) rooms.release(second);
    clock.advance(20_000);
    expect(engine.open_.has(id)).toBe(false);
  });

  test("a room that is lost while it is unused does not close the room that is opened after it", async () => {
    const id = await rooms.create();
    rooms.release(await acquire(id));
    lose(id);
    expect(clock.timers).toBe(0);
    const second = await acquire(id);
    clock.advance(20_000);
    expect(await acquire(id)).toBe(second);
    expect(engine.opened).toEqual([id, id]);
  });
});

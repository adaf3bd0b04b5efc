import type { Key } from "driftdb-protocol";
import type { RoomLimits } from "./limits.js";
import type { Refused } from "./room.js";
import type { Sized } from "./stream.js";

/** What a session holds for a key, under its public name, since the seq (S9). */
export interface Hold<V> {
  readonly from: string;
  readonly value: V;
  readonly seq: number;
}

/** What a hold takes beside its key and its value, roughly: so that many small ones count, too (D20). */
const OVERHEAD = 128;

/** All that is held for a key, by public name, and the bytes that it counts. */
interface HeldForKey<V> {
  readonly byName: Map<string, Hold<V>>;
  bytes: number;
}

/**
 * What the sessions of a room hold (S9): in memory only, and gone when they end. A turn of the room that could not be
 * committed is undone here as well, since nobody was told of it.
 */
export class Holds<V extends Sized> {
  readonly #limits: RoomLimits;
  readonly #same: (a: V, b: V) => boolean;
  readonly #byKey = new Map<Key, HeldForKey<V>>();
  readonly #bySession = new Map<string, Set<Key>>();
  #bytes = 0;
  /** What was held before each change since `settle`. */
  #before: [key: Key, from: string, hold: Hold<V> | undefined][] = [];

  /** @param same whether two values are the same. */
  constructor(limits: RoomLimits, same: (a: V, b: V) => boolean) {
    this.#limits = limits;
    this.#same = same;
  }

  /** All that is held for a key, rising in seq. */
  of(key: Key): Hold<V>[] {
    return [...(this.#byKey.get(key)?.byName.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }

  /** Whether a session holds anything. */
  has(from: string): boolean {
    return this.#bySession.has(from);
  }

  /** The keys that a session holds something for. */
  keys(from: string): Key[] {
    return [...(this.#bySession.get(from) ?? [])];
  }

  /** Whether a session may hold a value for a key: what it holds already changes nothing (D19). */
  check(from: string, key: Key, value: V): "new" | "same" | Refused {
    const { keys, bytesPerKey, bytesPerRoom } = this.#limits;
    const before = this.#get(from, key);
    if (before && this.#same(before.value, value)) return "same";
    if (!before && (this.#bySession.get(from)?.size ?? 0) >= keys) {
      return refused("too_many_keys", `the session holds ${keys} keys: release some`);
    }
    const growth = bytesOf(key, value) - (before ? bytesOf(key, before.value) : 0);
    if (growth > 0 && (this.#byKey.get(key)?.bytes ?? 0) + growth > bytesPerKey) {
      return refused("stream_full", `more than ${bytesPerKey} bytes would be held for the key: release some`);
    }
    if (growth > 0 && this.#bytes + growth > bytesPerRoom) {
      return refused("room_full", `the room would hold more than ${bytesPerRoom} bytes: release some`);
    }
    return "new";
  }

  /** @returns the seq of the session's hold of the key before, if there is one. */
  hold(key: Key, hold: Hold<V>): number | undefined {
    const was = this.#get(hold.from, key)?.seq;
    this.#change(key, hold.from, hold);
    return was;
  }

  /** @returns whether the session held something for the key. */
  release(from: string, key: Key): boolean {
    if (!this.#get(from, key)) return false;
    this.#change(key, from, undefined);
    return true;
  }

  /** The changes so far were committed. */
  settle(): void {
    if (this.#before.length > 0) this.#before = [];
  }

  /** Takes back what was changed since `settle`. */
  rollBack(): void {
    for (const change of this.#before.reverse()) this.#set(...change);
    this.#before = [];
  }

  #change(key: Key, from: string, hold: Hold<V> | undefined): void {
    this.#before.push([key, from, this.#get(from, key)]);
    this.#set(key, from, hold);
  }

  #get(from: string, key: Key): Hold<V> | undefined {
    return this.#byKey.get(key)?.byName.get(from);
  }

  #set(key: Key, from: string, hold: Hold<V> | undefined): void {
    const held = this.#byKey.get(key) ?? { byName: new Map<string, Hold<V>>(), bytes: 0 };
    const keys = this.#bySession.get(from) ?? new Set<Key>();
    const before = held.byName.get(from);
    const growth = (hold ? bytesOf(key, hold.value) : 0) - (before ? bytesOf(key, before.value) : 0);
    held.bytes += growth;
    this.#bytes += growth;
    if (hold) {
      held.byName.set(from, hold);
      this.#byKey.set(key, held);
      this.#bySession.set(from, keys.add(key));
      return;
    }
    held.byName.delete(from);
    keys.delete(key);
    if (held.byName.size === 0) this.#byKey.delete(key);
    if (keys.size === 0) this.#bySession.delete(from);
  }
}

function bytesOf(key: Key, value: Sized): number {
  return Buffer.byteLength(key) + value.size + OVERHEAD;
}

function refused(code: Refused["code"], message: string): Refused {
  return { type: "refused", code, message };
}

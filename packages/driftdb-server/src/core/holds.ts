import type { Key } from "driftdb-protocol";
import type { Sized } from "./stream.js";

/** A value that a session holds for a key (S9). */
export interface Hold<V> {
  /** The session's public name. */
  readonly from: string;
  readonly value: V;
  /** The seq of the hold in the room's order. */
  readonly seq: number;
}

/** The holds of one key by public name, and the bytes that they count. */
interface KeyHolds<V> {
  readonly byName: Map<string, Hold<V>>;
  bytes: number;
}

/** The holds of a room's sessions, in memory only (S9). */
export class Holds<V extends Sized> {
  readonly #byKey = new Map<Key, KeyHolds<V>>();
  readonly #keysByName = new Map<string, Set<Key>>();
  #bytes = 0;

  /** Bytes that all holds count. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes that all holds of a key count. */
  bytesOf(key: Key): number {
    return this.#byKey.get(key)?.bytes ?? 0;
  }

  get(key: Key, from: string): Hold<V> | undefined {
    return this.#byKey.get(key)?.byName.get(from);
  }

  /** The holds of a key, in no order. */
  of(key: Key): Iterable<Hold<V>> {
    return this.#byKey.get(key)?.byName.values() ?? [];
  }

  /** The keys that a session holds something for, in no order. */
  keysOf(from: string): ReadonlySet<Key> {
    return this.#keysByName.get(from) ?? NO_KEYS;
  }

  /** @param bytes the difference to the bytes of the hold that this one replaces. */
  set(key: Key, hold: Hold<V>, bytes: number): void {
    let held = this.#byKey.get(key);
    if (!held) {
      held = { byName: new Map(), bytes: 0 };
      this.#byKey.set(key, held);
    }
    held.byName.set(hold.from, hold);
    const keys = this.#keysByName.get(hold.from);
    if (keys) keys.add(key);
    else this.#keysByName.set(hold.from, new Set([key]));
    this.#count(held, bytes);
  }

  /** @param bytes the bytes of the hold, negative. */
  delete(key: Key, from: string, bytes: number): void {
    const held = this.#byKey.get(key);
    if (!held?.byName.delete(from)) return;
    const keys = this.#keysByName.get(from);
    keys?.delete(key);
    this.#count(held, bytes);
    if (held.byName.size === 0) this.#byKey.delete(key);
    if (keys?.size === 0) this.#keysByName.delete(from);
  }

  #count(held: KeyHolds<V>, bytes: number): void {
    held.bytes += bytes;
    this.#bytes += bytes;
  }
}

const NO_KEYS: ReadonlySet<Key> = new Set();

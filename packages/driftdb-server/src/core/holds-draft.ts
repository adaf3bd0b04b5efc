import { ERROR_ROOM_FULL, ERROR_STREAM_FULL, ERROR_TOO_MANY_KEYS, type Key } from "driftdb-protocol";
import { utf8Length } from "./bytes.js";
import type { Hold, Holds } from "./holds.js";
import type { RoomLimits } from "./limits.js";
import type { Refusal } from "./refusal.js";
import type { Sized } from "./stream.js";

/** Bytes that a hold counts beside its key and its value, roughly: so that many small ones count, too (D20). */
const OVERHEAD = 128;

/** What one turn changes for a key: holds by public name, `null` for a release, and the bytes that are added. */
interface KeyChanges<V> {
  readonly byName: Map<string, Hold<V> | null>;
  bytes: number;
}

/** What the sessions of a room hold, with the changes of one turn. The holds stay as they were until `land`. */
export class HoldsDraft<V extends Sized> {
  readonly #base: Holds<V>;
  readonly #limits: RoomLimits;
  readonly #same: (a: V, b: V) => boolean;
  readonly #byKey = new Map<Key, KeyChanges<V>>();
  /** How many keys more, or less, a session holds something for. */
  #keys: Map<string, number> | undefined;
  #bytes = 0;

  /** @param same whether two values are the same. */
  constructor(base: Holds<V>, limits: RoomLimits, same: (a: V, b: V) => boolean) {
    this.#base = base;
    this.#limits = limits;
    this.#same = same;
  }

  /** All that is held for a key, rising in seq. */
  of(key: Key): Hold<V>[] {
    const changes = this.#byKey.get(key)?.byName;
    const holds: Hold<V>[] = [];
    for (const hold of this.#base.of(key)) if (!changes?.has(hold.from)) holds.push(hold);
    for (const hold of changes?.values() ?? []) if (hold) holds.push(hold);
    return holds.sort((a, b) => a.seq - b.seq);
  }

  /** Whether a session holds anything. */
  has(from: string): boolean {
    return this.#count(from) > 0;
  }

  /** The keys that a session holds something for. */
  keysOf(from: string): Key[] {
    const keys = [...this.#base.keysOf(from)].filter((key) => this.get(key, from));
    for (const [key, { byName }] of this.#byKey) {
      if (byName.get(from) && !this.#base.get(key, from)) keys.push(key);
    }
    return keys;
  }

  get(key: Key, from: string): Hold<V> | undefined {
    const changed = this.#byKey.get(key)?.byName.get(from);
    return changed === undefined ? this.#base.get(key, from) : (changed ?? undefined);
  }

  /** Whether a session may hold a value for a key. The same value again changes nothing (D19). */
  check(from: string, key: Key, value: V): "new" | "same" | Refusal {
    const { keys, bytesPerKey, bytesPerRoom } = this.#limits;
    const before = this.get(key, from);
    if (before && this.#same(before.value, value)) return "same";
    if (!before && this.#count(from) >= keys) {
      return { code: ERROR_TOO_MANY_KEYS, message: `the session holds ${keys} keys: release some` };
    }
    const growth = growthOf(key, before, value);
    if (growth <= 0) return "new";
    if (this.#base.bytesOf(key) + (this.#byKey.get(key)?.bytes ?? 0) + growth > bytesPerKey) {
      const message = `more than ${bytesPerKey} bytes would be held for the key: release some`;
      return { code: ERROR_STREAM_FULL, message };
    }
    if (this.#base.bytes + this.#bytes + growth > bytesPerRoom) {
      const message = `the room would hold more than ${bytesPerRoom} bytes: release some`;
      return { code: ERROR_ROOM_FULL, message };
    }
    return "new";
  }

  /** @returns the seq of the session's hold of the key before, if there is one (D23). */
  hold(key: Key, hold: Hold<V>): number | undefined {
    return this.#change(key, hold.from, hold)?.seq;
  }

  /** @returns whether the session held something for the key. */
  release(from: string, key: Key): boolean {
    return this.get(key, from) !== undefined && this.#change(key, from, null) !== undefined;
  }

  /** Makes the changes in the holds themselves. */
  land(): void {
    for (const [key, { byName }] of this.#byKey) {
      for (const [from, hold] of byName) {
        const before = this.#base.get(key, from);
        const bytes = growthOf(key, before, hold?.value);
        if (hold) this.#base.set(key, hold, bytes);
        else this.#base.delete(key, from, bytes);
      }
    }
  }

  #count(from: string): number {
    return this.#base.keysOf(from).size + (this.#keys?.get(from) ?? 0);
  }

  /** @returns the hold before. */
  #change(key: Key, from: string, hold: Hold<V> | null): Hold<V> | undefined {
    const before = this.get(key, from);
    let changes = this.#byKey.get(key);
    if (!changes) {
      changes = { byName: new Map(), bytes: 0 };
      this.#byKey.set(key, changes);
    }
    changes.byName.set(from, hold);
    const growth = growthOf(key, before, hold?.value);
    changes.bytes += growth;
    this.#bytes += growth;
    const keys = (hold ? 1 : 0) - (before ? 1 : 0);
    if (keys !== 0) {
      this.#keys ??= new Map();
      this.#keys.set(from, (this.#keys.get(from) ?? 0) + keys);
    }
    return before;
  }
}

/** How many bytes more are counted with a value, or with none, in place of a hold, or of none. */
function growthOf(key: Key, before: Hold<Sized> | undefined, value: Sized | undefined): number {
  if (before && value) return value.size - before.value.size;
  if (value) return bytesOf(key, value);
  return before ? -bytesOf(key, before.value) : 0;
}

function bytesOf(key: Key, value: Sized): number {
  return utf8Length(key) + value.size + OVERHEAD;
}

import { ERROR_ROOM_FULL, ERROR_STREAM_FULL, ERROR_TOO_MANY_KEYS, type Key } from "driftdb-protocol";
import { utf8Length } from "./bytes.js";
import type { Hold, Holds } from "./holds.js";
import type { RoomLimits } from "./limits.js";
import type { Refusal } from "./refusal.js";
import type { Sized } from "./stream.js";

/**
 * Bytes that each hold counts in addition to its key and value, so that many small holds have a limit (D20).
 */
const OVERHEAD = 128;

/** One turn's changes of a key's holds. */
interface KeyChanges<V> {
  /** By public name, `null` for a release. */
  readonly byName: Map<string, Hold<V> | null>;
  /** The difference to the bytes before the turn. */
  bytes: number;
}

/** A room's holds with the changes of one turn. The holds themselves do not change until `land`. */
export class HoldsDraft<V extends Sized> {
  readonly #base: Holds<V>;
  readonly #limits: RoomLimits;
  readonly #same: (a: V, b: V) => boolean;
  readonly #byKey = new Map<Key, KeyChanges<V>>();
  /** How many more keys, or fewer, each session holds than before the turn. */
  #keys: Map<string, number> | undefined;
  #bytes = 0;

  /** @param same whether two values are the same (D19). */
  constructor(base: Holds<V>, limits: RoomLimits, same: (a: V, b: V) => boolean) {
    this.#base = base;
    this.#limits = limits;
    this.#same = same;
  }

  /** The holds of a key, rising in seq. */
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

  /** The keys that a session holds something for, in the order of the holds' seqs. */
  keysOf(from: string): Key[] {
    const holds: [key: Key, seq: number][] = [];
    const add = (key: Key) => {
      const hold = this.get(key, from);
      if (hold) holds.push([key, hold.seq]);
    };
    for (const key of this.#base.keysOf(from)) add(key);
    for (const key of this.#byKey.keys()) if (!this.#base.get(key, from)) add(key);
    return holds.sort(([, a], [, b]) => a - b).map(([key]) => key);
  }

  get(key: Key, from: string): Hold<V> | undefined {
    const changed = this.#byKey.get(key)?.byName.get(from);
    return changed === undefined ? this.#base.get(key, from) : (changed ?? undefined);
  }

  /**
   * Checks a hold against the limits (D20).
   *
   * @returns `same` if the session holds this value already: the hold then changes nothing (D19).
   */
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
      const message = `the holds of the key would have more than ${bytesPerKey} bytes: release some`;
      return { code: ERROR_STREAM_FULL, message };
    }
    if (this.#base.bytes + this.#bytes + growth > bytesPerRoom) {
      const message = `the holds of the room would have more than ${bytesPerRoom} bytes: release some`;
      return { code: ERROR_ROOM_FULL, message };
    }
    return "new";
  }

  /** @returns the seq of the hold that this one replaces, if any (D23). */
  hold(key: Key, hold: Hold<V>): number | undefined {
    return this.#change(key, hold.from, hold)?.seq;
  }

  /** @returns whether the session held something for the key. */
  release(from: string, key: Key): boolean {
    return this.get(key, from) !== undefined && this.#change(key, from, null) !== undefined;
  }

  /** Applies the turn's changes to the room's holds. */
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

  /** @returns the hold before the change. */
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

/** The difference in bytes when a value replaces a hold. `undefined` means no hold, or no value. */
function growthOf(key: Key, before: Hold<Sized> | undefined, value: Sized | undefined): number {
  if (before && value) return value.size - before.value.size;
  if (value) return bytesOf(key, value);
  return before ? -bytesOf(key, before.value) : 0;
}

function bytesOf(key: Key, value: Sized): number {
  return utf8Length(key) + value.size + OVERHEAD;
}

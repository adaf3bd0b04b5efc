import type { JournalEntry } from "driftdb-server/internal";
import type { DiskRoom } from "../network/sim-disk.js";
import { violated } from "../violation.js";
import { type Id, idOf, type Ledger } from "./ledger.js";

/** A retained message, as the entries say. */
interface Row {
  readonly seq: number;
  readonly value: string;
  readonly snapshot: boolean;
}

interface KeyFold {
  /** What is retained, rising in seq. */
  rows: Row[];
  /** What the key folds to. Compactions do not change it (I6). */
  ids: Id[];
}

/** What a reader of the journal knows of the room, from the entries alone (I14). */
export class JournalFold {
  /** The position of each entry that the reader has, by the entry's identity. */
  readonly #known = new Map<string, number>();
  readonly #keys = new Map<string, KeyFold>();
  /** The keys that changed since the last comparison. */
  readonly #changed = new Set<string>();
  /** The life of each opening, and the opening of each life. */
  readonly #lives = new Map<number, string>();
  readonly #openings = new Map<string, number>();
  #newest: JournalEntry | undefined;

  constructor(readonly ledger: Ledger) {}

  /** Takes one entry after the others. @returns whether the entry is new. */
  take(entry: JournalEntry): boolean {
    const { position, room, life, number, part } = entry;
    const identity = `${room} ${life} ${number} ${part}`;
    const known = this.#known.get(identity);
    if (known === position) return false;
    if (known !== undefined) this.#fail(entry, `has the identity of the entry ${known}: ${identity}`);
    this.#known.set(identity, position);
    this.#checkOrder(entry);
    this.#checkLife(entry);
    this.#checkSender(entry);
    this.#apply(entry);
    this.#newest = entry;
    return true;
  }

  /** The reader has all entries: its streams must equal the rows on the disk. */
  compare({ rows }: DiskRoom): void {
    const next = this.ledger.nextRetaining(this.#newest?.number ?? 0);
    if (next !== undefined) violated("I14", `the journal lacks the commit ${next}`);
    for (const key of this.#changed) {
      const stored = rows.filter((row) => row.key === key).sort((a, b) => a.seq - b.seq);
      const known = this.#keys.get(key)?.rows ?? [];
      const isSame = ({ seq, value, snapshot }: (typeof stored)[number], i: number) =>
        known[i]?.seq === seq && known[i].value === value.stored && known[i].snapshot === snapshot;
      if (stored.length !== known.length || !stored.every(isSame)) {
        const [all, own] = [stored, known].map((list) => list.map(({ seq }) => seq).join());
        violated("I14", `${key} retains ${all}, and the journal's reader knows ${own}, or other values`);
      }
    }
    this.#changed.clear();
  }

  /** At rest: the reader knows all keys, and all that was appended to them. */
  checkAtRest(room: DiskRoom): void {
    for (const { key } of room.rows) this.#changed.add(key);
    this.compare(room);
    for (const [key, { ids }] of this.#keys) {
      const truth = this.ledger.of(key);
      if (ids.join() !== truth.join()) violated("I14", `the journal folds ${key} to ${ids}, not to ${truth}`);
    }
  }

  /** Numbers rise, and no commit that retained something is left out. Parts count from 0. */
  #checkOrder(entry: JournalEntry): void {
    const { number, part, position, time } = entry;
    const before = this.#newest ?? { number: 0, part: -1, position: 0, time: 0 };
    if (position <= before.position) this.#fail(entry, `is given after ${before.position}`);
    if (time < before.time) this.#fail(entry, `is of ${time} ms, and the one before of ${before.time} ms`);
    if (number === before.number) {
      if (part !== before.part + 1) this.#fail(entry, `has part ${part} after ${before.part}`);
      return;
    }
    const next = this.ledger.nextRetaining(before.number);
    if (number !== next || part !== 0)
      this.#fail(entry, `has number ${number} and part ${part}: number ${next} comes after ${before.number}`);
  }

  /** Each opening of the room has one life, and no life comes back. */
  #checkLife(entry: JournalEntry): void {
    const { life, number } = entry;
    const opening = this.ledger.openingOf(number) as number;
    const first = this.#openings.get(life) ?? opening;
    const other = this.#lives.get(opening) ?? life;
    if (first !== opening || other !== life)
      this.#fail(entry, `has the life ${life} in opening ${opening}: ${first} had that, or it has ${other}`);
    this.#lives.set(opening, life);
    this.#openings.set(life, opening);
  }

  /** Somebody sent exactly this, to be retained: it is no relay and no hold. */
  #checkSender(entry: JournalEntry): void {
    const { action, key, seq, value, from } = entry;
    if (action === "created") {
      if (this.#newest || key !== null) this.#fail(entry, `says that the room was created, with key ${key}`);
    } else if (!this.ledger.wasSent(from, { action, key, seq, json: value?.json })) {
      this.#fail(entry, `says that ${from} sent ${action} ${seq} of ${key}: ${value?.json}`);
    }
  }

  #apply({ action, key, seq, value }: JournalEntry): void {
    if (key === null || seq === null || value === null) return;
    const fold = this.#keys.get(key) ?? { rows: [], ids: [] };
    this.#keys.set(key, fold);
    this.#changed.add(key);
    const row = { seq, value: value.stored as string, snapshot: action === "compact" };
    if (action === "compact") {
      fold.rows = [row, ...fold.rows.filter((other) => other.seq > seq)];
      return;
    }
    const id = idOf(value.value);
    if (action === "append") {
      fold.rows.push(row);
      fold.ids.push(id);
    } else {
      fold.rows = [row];
      fold.ids = [id];
    }
  }

  #fail({ position }: JournalEntry, what: string): never {
    violated("I14", `the journal's entry ${position} ${what}`);
  }
}

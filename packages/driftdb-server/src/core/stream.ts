/** A value as the rules see it: they know its bytes only. */
export interface Sized {
  readonly size: number;
}

/** A message that a room retains. */
export interface Entry<V> {
  readonly seq: number;
  readonly value: V;
  /** Whether the entry is a snapshot, which replaced every message up to `seq`. */
  readonly snapshot: boolean;
}

/** The retained messages of one key, rising in seq. */
export class Stream<V extends Sized> {
  #entries: Entry<V>[] = [];
  #bytes = 0;

  get length(): number {
    return this.#entries.length;
  }

  /** Bytes of all values. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): Entry<V> | undefined {
    return this.#entries[0];
  }

  get last(): Entry<V> | undefined {
    return this.#entries.at(-1);
  }

  /** The entries from index `from` on. */
  from(from: number): readonly Entry<V>[] {
    return from === 0 ? this.#entries : this.#entries.slice(from);
  }

  /** The seqs of the entries before index `to`. */
  seqsBefore(to: number): number[] {
    const seqs = new Array<number>(to);
    for (let i = 0; i < to; i++) seqs[i] = (this.#entries[i] as Entry<V>).seq;
    return seqs;
  }

  /** The entries whose seq is greater than `seq`, in a new array. */
  since(seq: number): Entry<V>[] {
    return this.#entries.slice(indexAfter(this.#entries, seq));
  }

  /** The newest entry whose seq is at most `seq`. */
  lastUpTo(seq: number): Entry<V> | undefined {
    return this.#entries[this.indexAfter(seq) - 1];
  }

  /** Bytes of the entries whose seq is greater than `seq`. */
  bytesAfter(seq: number): number {
    return this.bytesFrom(this.indexAfter(seq));
  }

  /** The index of the first entry whose seq is greater than `seq`. */
  indexAfter(seq: number): number {
    return indexAfter(this.#entries, seq);
  }

  at(index: number): Entry<V> | undefined {
    return this.#entries[index];
  }

  /** Bytes of the entries from index `from` on. */
  bytesFrom(from: number): number {
    return bytesFrom(this.#entries, from);
  }

  append(entry: Entry<V>): void {
    this.#entries.push(entry);
    this.#bytes += entry.value.size;
  }

  /** Drops the entries before index `from`, and puts a snapshot there if there is one. */
  cut(from: number, snapshot: Entry<V> | undefined): void {
    this.#bytes = bytesFrom(this.#entries, from) + (snapshot?.value.size ?? 0);
    if (snapshot) this.#entries.splice(0, from, snapshot);
    else this.#entries.splice(0, from);
  }
}

/** The index of the first entry whose seq is greater than `seq`. The entries rise in seq. */
export function indexAfter(entries: readonly Entry<unknown>[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as Entry<unknown>).seq <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Bytes of the entries from index `from` on. */
export function bytesFrom(entries: readonly Entry<Sized>[], from: number): number {
  let bytes = 0;
  for (let i = from; i < entries.length; i++) bytes += (entries[i] as Entry<Sized>).value.size;
  return bytes;
}

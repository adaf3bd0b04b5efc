/** What the core knows of a value: how many bytes it takes. */
export interface Sized {
  readonly size: number;
}

/** A message that a room retains. */
export interface Entry<V> {
  readonly seq: number;
  readonly value: V;
  /** Whether a compaction put it there, in place of every message up to `seq`. */
  readonly snapshot: boolean;
}

/** The retained messages of one key, rising in seq. */
export class Stream<V extends Sized> {
  #entries: Entry<V>[] = [];
  #bytes = 0;

  get length(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): Entry<V> | undefined {
    return this.#entries[0];
  }

  get last(): Entry<V> | undefined {
    return this.#entries.at(-1);
  }

  /** The newest entry whose seq is at most `seq`. */
  lastUpTo(seq: number): Entry<V> | undefined {
    return this.#entries[this.#indexAfter(seq) - 1];
  }

  append(entry: Entry<V>): void {
    this.#entries.push(entry);
    this.#bytes += entry.value.size;
  }

  /** Makes the entry the whole stream. */
  replace(entry: Entry<V>): void {
    this.#entries = [entry];
    this.#bytes = entry.value.size;
  }

  /** Puts a snapshot in place of all entries up to its seq. */
  compact(snapshot: Entry<V>): void {
    this.#bytes = this.bytesAfter(snapshot.seq) + snapshot.value.size;
    this.#entries.splice(0, this.#indexAfter(snapshot.seq), snapshot);
  }

  /** The entries whose seq is greater than `seq`. */
  since(seq: number): Entry<V>[] {
    return this.#entries.slice(this.#indexAfter(seq));
  }

  /** Bytes of the entries whose seq is greater than `seq`. */
  bytesAfter(seq: number): number {
    let bytes = 0;
    for (let i = this.#indexAfter(seq); i < this.#entries.length; i++) {
      bytes += (this.#entries[i] as Entry<V>).value.size;
    }
    return bytes;
  }

  #indexAfter(seq: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle] as Entry<V>).seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

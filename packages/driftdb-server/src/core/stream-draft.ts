import type { Key } from "driftdb-protocol";
import type { StreamChange } from "./commit.js";
import { bytesFrom, type Entry, indexAfter, type Sized, type Stream } from "./stream.js";

const NO_SEQS: readonly number[] = [];

/**
 * One key's stream with the changes of one turn. The stream itself does not change until `land`, so dropping
 * the draft undoes the turn.
 *
 * The entries of a draft are the turn's snapshot, if any; then the stream's entries from `#from`; then
 * `#added`.
 */
export class StreamDraft<V extends Sized> {
  readonly #base: Stream<V>;
  #from = 0;
  #snapshot: Entry<V> | undefined;
  #added: Entry<V>[] = [];
  #bytes: number;

  constructor(
    readonly key: Key,
    base: Stream<V>,
  ) {
    this.#base = base;
    this.#bytes = base.bytes;
  }

  get length(): number {
    return (this.#snapshot ? 1 : 0) + this.#base.length - this.#from + this.#added.length;
  }

  /** Bytes of all values. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): Entry<V> | undefined {
    return this.#snapshot ?? this.#base.at(this.#from) ?? this.#added[0];
  }

  get last(): Entry<V> | undefined {
    if (this.#added.length > 0) return this.#added.at(-1);
    return this.#base.length > this.#from ? this.#base.last : this.#snapshot;
  }

  /** The entries whose seq is greater than `seq`. */
  since(seq: number): Entry<V>[] {
    const entries = this.#snapshot && this.#snapshot.seq > seq ? [this.#snapshot] : [];
    for (const entry of this.#base.from(this.#baseIndexAfter(seq))) entries.push(entry);
    for (let i = indexAfter(this.#added, seq); i < this.#added.length; i++) {
      entries.push(this.#added[i] as Entry<V>);
    }
    return entries;
  }

  /** The newest entry whose seq is at most `seq`. */
  lastUpTo(seq: number): Entry<V> | undefined {
    const added = indexAfter(this.#added, seq);
    if (added > 0) return this.#added[added - 1];
    const base = this.#baseIndexAfter(seq);
    if (base > this.#from) return this.#base.at(base - 1);
    return this.#snapshot && this.#snapshot.seq <= seq ? this.#snapshot : undefined;
  }

  /** Bytes of the entries whose seq is greater than `seq`, without the turn's snapshot. */
  bytesAfter(seq: number): number {
    return (
      this.#base.bytesFrom(this.#baseIndexAfter(seq)) + bytesFrom(this.#added, indexAfter(this.#added, seq))
    );
  }

  append(entry: Entry<V>): void {
    this.#added.push(entry);
    this.#bytes += entry.value.size;
  }

  /** Replaces all entries by one. */
  replace(entry: Entry<V>): void {
    this.#from = this.#base.length;
    this.#snapshot = undefined;
    this.#added = [entry];
    this.#bytes = entry.value.size;
  }

  /** Replaces all entries up to the snapshot's seq by the snapshot. */
  compact(snapshot: Entry<V>): void {
    this.#bytes = this.bytesAfter(snapshot.seq) + snapshot.value.size;
    this.#from = this.#baseIndexAfter(snapshot.seq);
    this.#added.splice(0, indexAfter(this.#added, snapshot.seq));
    this.#snapshot = snapshot;
  }

  /** The net change of the stored rows. */
  change(): StreamChange<V> {
    const dropped = this.#from > 0 ? this.#base.seqsBefore(this.#from) : NO_SEQS;
    const put = this.#snapshot ? [this.#snapshot, ...this.#added] : this.#added;
    return { key: this.key, dropped, put };
  }

  /** Applies the turn's changes to the stream that the draft was made from, or to a new one. */
  land(stream: Stream<V>): void {
    if (this.#from > 0 || this.#snapshot) stream.cut(this.#from, this.#snapshot);
    for (const entry of this.#added) stream.append(entry);
  }

  #baseIndexAfter(seq: number): number {
    return Math.max(this.#from, this.#base.indexAfter(seq));
  }
}

/** What was added first comes out first. A Set alone would go through what was taken out, to find its first one. */
export class Fifo<T> extends Set<T> {
  /** Never asked for what is not there, since that would be its end. */
  readonly #next = this.values();

  /** Takes the first one out. There must be one. */
  shift(): T {
    const first = this.#next.next().value as T;
    this.delete(first);
    return first;
  }
}

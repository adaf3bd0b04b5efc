/**
 * A queue: the item that was added first comes out first, and any item may be deleted before. Each operation
 * takes constant time on average, however long the queue is: `Array.prototype.shift` moves all that is
 * behind.
 */
export class Fifo<T> extends Set<T> {
  /** Goes on where it was: a new iterator goes through everything that was deleted at the front. */
  #iterator = this.values();

  /** Takes the first item out; undefined if the queue is empty. */
  shift(): T | undefined {
    let next = this.#iterator.next();
    if (next.done) {
      // An iterator that has come to the end stays there, whatever is added later.
      this.#iterator = this.values();
      next = this.#iterator.next();
    }
    this.delete(next.value as T);
    return next.value;
  }
}

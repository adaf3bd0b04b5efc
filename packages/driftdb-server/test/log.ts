/** Records the arguments of a callback, and waits for some of them. */
export class Log<T> {
  readonly items: T[] = [];
  #wake = () => {};

  /** The callback. */
  readonly add = (item: T): void => {
    this.items.push(item);
    this.#wake();
  };

  /** Waits until the items match, and returns the last one. */
  async until(predicate: (items: readonly T[]) => boolean): Promise<T> {
    while (!predicate(this.items)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.items.at(-1) as T;
  }

  /** Waits for the first item that matches. */
  async find(predicate: (item: T) => boolean): Promise<T> {
    await this.until((items) => items.some(predicate));
    return this.items.find(predicate) as T;
  }
}

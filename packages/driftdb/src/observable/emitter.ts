import { callSafely } from "../call-safely.js";

/** A set of functions that are told of something. As with DOM events, a function that is added twice is in it once. */
export class Emitter<T> {
  #listeners = new Set<(event: T) => void>();

  /** Adds a function. @returns the undo. */
  addListener(listener: (event: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.removeListener(listener);
  }

  /** Removes a function. */
  removeListener(listener: (event: T) => void): void {
    this.#listeners.delete(listener);
  }

  /**
   * Calls every function. What one throws goes to the console, and the others are called all the same.
   *
   * @returns whether there was any.
   */
  dispatch(event: T): boolean {
    for (const listener of [...this.#listeners]) callSafely(() => listener(event), console.error);
    return this.#listeners.size > 0;
  }
}

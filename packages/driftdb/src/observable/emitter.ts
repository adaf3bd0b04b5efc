import { callSafely } from "../call-safely.js";

/**
 * A set of functions that are called with each event. As with DOM events, a function that is added twice is
 * called once.
 *
 * @example
 * const undo = db.errorListener.addListener((error) => console.warn(error.message));
 */
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
   * Calls every function. An error that one throws goes to the console, and the others are called all the
   * same.
   *
   * @returns whether there was a function to call.
   */
  dispatch(event: T): boolean {
    for (const listener of [...this.#listeners]) callSafely(() => listener(event));
    return this.#listeners.size > 0;
  }
}

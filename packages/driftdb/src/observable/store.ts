/**
 * A value that changes, as a user interface needs it. React's `useSyncExternalStore` takes the two functions
 * as they are; Svelte's `$store` and Solid's `from` take the object.
 *
 * @example
 * const undo = db.sync.subscribe(({ pending }) => {
 *   badge.textContent = pending ? "Not saved yet" : "Saved";
 * });
 */
export interface Store<T> {
  /**
   * @param listener called with the present value, before this returns, and after each change.
   * @returns the undo.
   */
  subscribe(listener: (value: T) => void): () => void;
  /** The present value: the same object until it changes. */
  getSnapshot(): T;
}

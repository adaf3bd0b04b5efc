/**
 * What a user interface needs of a value that changes. React's `useSyncExternalStore` takes the two functions as they
 * are; Svelte's `$store` and Solid's `from` take the object.
 */
export interface Store<T> {
  /** @param listener called with the present value, before this returns, and after each change. @returns the undo. */
  subscribe(listener: (value: T) => void): () => void;
  /** The present value: the same object until it changes. */
  getSnapshot(): T;
}

import type { DbConnection } from "../connection/db-connection.js";
import type { Store } from "../observable/store.js";
import { Value } from "../observable/value.js";

/** A store of a connection: a view, which follows the room while it has subscribers. */
export abstract class LazyStore<T> implements Store<T> {
  declare protected readonly db: DbConnection;
  readonly #view: Value<T>;
  #subscribers = 0;
  /** Whether it follows the room until `destroy()`, with or without subscribers. */
  #isPinned = false;
  #stop: (() => void) | undefined;
  /** Whether the view has changed since the subscribers were called. */
  #isUntold = false;

  constructor(db: DbConnection, view: T, callback?: (view: T) => void) {
    this.db = db;
    this.#view = new Value(view);
    if (callback) this.#view.addListener(() => callback(this.#view.value));
  }

  /**
   * Without an argument: follows the room until `destroy()`. With a listener: follows it from the first such
   * call until a macrotask after the last undo, so that a component that mounts again right away costs
   * nothing.
   *
   * @param listener called with the present view, before this returns, and after each change.
   * @returns the undo.
   */
  readonly subscribe: { (): void; (listener: (view: T) => void): () => void } = (
    listener?: (view: T) => void,
  ) => {
    this.#stop ??= this.start();
    if (!listener) {
      this.#isPinned = true;
      return noop;
    }
    this.refresh();
    let remove: (() => void) | undefined = this.#view.subscribe(listener);
    this.#subscribers++;
    return () => {
      if (!remove) return;
      remove();
      remove = undefined;
      this.#subscribers--;
      setTimeout(() => {
        if (!this.#subscribers && !this.#isPinned) this.#end();
      });
    };
  };

  readonly getSnapshot = (): T => {
    this.refresh();
    return this.#view.value;
  };

  /** Stops following the room. The next `subscribe` starts again. */
  destroy(): void {
    this.#isPinned = false;
    this.#end();
  }

  /** Whether it follows the room, so that an own message comes back once the room has it. */
  protected get followed(): boolean {
    return !!this.#stop;
  }

  protected get shown(): T {
    return this.#view.value;
  }

  /** Starts to follow the room. @returns the undo. */
  protected abstract start(): () => void;

  /** Brings the view up to date, for stores that do so when they are asked. */
  protected refresh(): void {}

  /** Sets the view. @param tell false to leave it to the next call to call the subscribers. */
  protected show(view: T, tell = true): void {
    this.#isUntold ||= !Object.is(view, this.#view.value);
    this.#view.value = view;
    if (!tell || !this.#isUntold) return;
    this.#isUntold = false;
    this.#view.dispatch(view);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

const noop = () => {};

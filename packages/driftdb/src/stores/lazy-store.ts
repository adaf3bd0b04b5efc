import type { DbConnection } from "../connection/db-connection.js";
import type { Store } from "../observable/store.js";
import { Value } from "../observable/value.js";

/** Common to all stores of a connection: a view, which is kept up to date while somebody looks. */
export abstract class LazyStore<T> implements Store<T> {
  declare protected readonly db: DbConnection;
  readonly #view: Value<T>;
  #watchers = 0;
  /** Whether it goes on until `destroy()`, watchers or not. */
  #pinned = false;
  #stop: (() => void) | undefined;
  /** Whether the view has changed since the listeners were told. */
  #untold = false;

  constructor(db: DbConnection, view: T, callback?: (view: T) => void) {
    this.db = db;
    this.#view = new Value(view);
    if (callback) this.#view.addListener(() => callback(this.#view.value));
  }

  /**
   * Without an argument: follows the room until `destroy()`. With one: follows it from the first such
   * call on, until a macrotask after the last undo, so that a component that is mounted anew at once costs nothing.
   *
   * @param listener called with the present view, before this returns, and after each change.
   * @returns the undo.
   */
  readonly subscribe: { (): void; (listener: (view: T) => void): () => void } = (
    listener?: (view: T) => void,
  ) => {
    this.#stop ??= this.start();
    if (!listener) {
      this.#pinned = true;
      return noop;
    }
    this.refresh();
    let remove: (() => void) | undefined = this.#view.subscribe(listener);
    this.#watchers++;
    return () => {
      if (!remove) return;
      remove();
      remove = undefined;
      this.#watchers--;
      setTimeout(() => {
        if (!this.#watchers && !this.#pinned) this.#end();
      });
    };
  };

  readonly getSnapshot = (): T => {
    this.refresh();
    return this.#view.value;
  };

  /** Stops following the room, at once. `subscribe` starts again. */
  destroy(): void {
    this.#pinned = false;
    this.#end();
  }

  /** Whether the room is followed, so that an own message comes back once the room has it. */
  protected get followed(): boolean {
    return !!this.#stop;
  }

  protected get shown(): T {
    return this.#view.value;
  }

  /** Follows the room. @returns what stops it. */
  protected abstract start(): () => void;

  /** Brings the view up to date, where that is not done as things happen. */
  protected refresh(): void {}

  /** @param tell false to tell the listeners later: the next call does. */
  protected show(view: T, tell = true): void {
    this.#untold ||= !Object.is(view, this.#view.value);
    this.#view.value = view;
    if (!tell || !this.#untold) return;
    this.#untold = false;
    this.#view.dispatch(view);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

const noop = () => {};

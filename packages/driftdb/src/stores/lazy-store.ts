import type { DbConnection } from "../connection/db-connection.js";
import type { Store } from "../observable/store.js";
import { Value } from "../observable/value.js";

/** A store of a connection: a view, which follows the room while it has subscribers. */
export abstract class LazyStore<T> implements Store<T> {
  /** @internal */
  declare protected readonly db: DbConnection;
  readonly #view: Value<T>;
  /** What removes each subscriber; undefined after a `subscribe()` without a listener, until `destroy()`. */
  readonly #subscribers = new Set<(() => void) | undefined>();
  #stop: (() => void) | undefined;
  /** Whether the view has changed since the subscribers were called. */
  #isNew = false;

  /** @internal */
  constructor(db: DbConnection, view: T, callback?: (view: T) => void) {
    this.db = db;
    this.#view = new Value(view);
    if (callback) this.#view.addListener(callback);
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
    this.refresh();
    const remove = listener && this.#view.subscribe(listener);
    this.#subscribers.add(remove);
    return () => {
      if (!remove) return;
      remove();
      this.#subscribers.delete(remove);
      setTimeout(() => {
        if (!this.#subscribers.size) this.#end();
      });
    };
  };

  readonly getSnapshot = (): T => {
    this.refresh();
    return this.#view.value;
  };

  /** Stops following the room. The next `subscribe` starts again. */
  destroy(): void {
    this.#subscribers.delete(undefined);
    this.#end();
  }

  /** Whether it follows the room, so that an own message comes back once the room has it. @internal */
  protected get followed(): boolean {
    return !!this.#stop;
  }

  /** @internal */
  protected get shown(): T {
    return this.#view.value;
  }

  /** Starts to follow the room. @returns the undo. @internal */
  protected abstract start(): () => void;

  /** Brings the view up to date, for stores that do so when they are asked. @internal */
  protected refresh(): void {}

  /** Sets the view. @param notify whether to call the subscribers now, or with the next view. @internal */
  protected show(view: T, notify = true): void {
    this.#isNew ||= !Object.is(view, this.#view.value);
    this.#view.value = view;
    if (!notify || !this.#isNew) return;
    this.#isNew = false;
    this.#view.dispatch(view);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

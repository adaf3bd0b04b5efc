import { Emitter } from "./emitter.js";
import type { Holders, Member } from "./held-key.js";
import type { Store } from "./store.js";

/** Common to PresenceListener and Lock: a view of what is held for one key, which is followed while somebody looks. */
export abstract class HeldStore<T, H extends Holders> implements Store<T> {
  protected readonly held: H;
  /** There while it is followed. */
  protected member: Member | undefined;
  readonly #changed = new Emitter<T>();
  #view: T;
  #version = 0;
  #watchers = 0;
  #pinned = false;

  constructor(held: H, view: T, callback?: (view: T) => void) {
    this.held = held;
    this.#view = view;
    if (callback) this.#changed.addListener(callback);
  }

  /**
   * Without an argument: takes part until `destroy()`. With one: from the first such call on, until a macrotask after
   * the last undo, so that a component that is mounted anew at once has not been away.
   *
   * @param listener called with the present view, before this returns, and after each change.
   * @returns the undo.
   */
  readonly subscribe: { (): void; (listener: (view: T) => void): () => void } = (
    listener?: (view: T) => void,
  ) => {
    if (!this.member) {
      this.member = this.held.join(() => this.#update());
      this.joined();
    }
    if (!listener) {
      this.#pinned = true;
      return () => {};
    }
    const call = (view: T) => listener(view);
    this.#changed.addListener(call);
    this.#watchers++;
    listener(this.getSnapshot());
    return () => {
      if (!this.#changed.removeListener(call)) return;
      this.#watchers--;
      if (!this.#watchers && !this.#pinned) this.#leave();
    };
  };

  readonly getSnapshot = (): T => {
    const { version } = this.held;
    if (version !== this.#version) {
      this.#version = version;
      this.#view = this.view(this.#view);
    }
    return this.#view;
  };

  /** Leaves, whoever looks. `subscribe` takes part again. */
  destroy(): void {
    this.#pinned = false;
    this.#leave();
  }

  /** It takes part: what it holds is to be said. */
  protected abstract joined(): void;

  /** @param was the view before, which is to be returned where nothing of it has changed. */
  protected abstract view(was: T): T;

  #leave(): void {
    this.member?.leave();
    this.member = undefined;
  }

  #update(): void {
    const was = this.#view;
    const view = this.getSnapshot();
    if (view !== was) this.#changed.dispatch(view);
  }
}

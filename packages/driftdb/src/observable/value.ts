import { Emitter } from "./emitter.js";
import type { Store } from "./store.js";

/** A value, and an emitter of its changes: together a store. */
export class Value<T> extends Emitter<T> implements Store<T> {
  /**
   * Code that sets it calls `dispatch`, too.
   *
   * @internal
   */
  declare value: T;

  /** @internal */
  constructor(value: T) {
    super();
    this.value = value;
  }

  readonly getSnapshot = (): T => this.value;

  readonly subscribe = (listener: (value: T) => void): (() => void) => {
    // Not the event's value: a listener that was called before this one may have set another.
    const call = () => listener(this.value);
    const undo = this.addListener(call);
    call();
    return undo;
  };
}

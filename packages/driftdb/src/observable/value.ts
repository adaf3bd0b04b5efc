import { Emitter } from "./emitter.js";
import type { Store } from "./store.js";

/** A value, and an emitter of its changes: together a store. */
export class Value<T> extends Emitter<T> implements Store<T> {
  /**
   * Whoever sets it dispatches it. It is declared only: the constructor makes the field.
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
    // Not the value that the change was to: a listener before this one may have made another.
    const tell = () => listener(this.value);
    const undo = this.addListener(tell);
    tell();
    return undo;
  };
}

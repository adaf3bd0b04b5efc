import type { Action, Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import type { DbConnection } from "./db-connection.js";
import { DriftDBError } from "./errors.js";
import type { Fate } from "./outbox.js";
import { listener as newListener } from "./subscriptions.js";
import { Value } from "./value.js";

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

/** Common to StateListener, Reducer and MessageList: a view of one key, which is followed while somebody looks. */
export abstract class KeyStore<T> implements Store<T> {
  protected readonly db: DbConnection;
  protected readonly key: Key;
  readonly #view: Value<T>;
  #watchers = 0;
  /** Whether it is followed until `destroy()`, watchers or not. */
  #pinned = false;
  #stop: (() => void) | undefined;
  /** The seq through which all that the room retains has been folded in. */
  protected through: SequenceNumber = 0;

  constructor(db: DbConnection, key: Key, view: T, callback?: (view: T) => void) {
    this.db = db;
    this.key = key;
    this.#view = new Value(view);
    if (callback) this.#view.addListener(() => callback(this.#view.value));
  }

  /**
   * Without an argument: follows the key until `destroy()`. With one: follows it from the first such
   * call on, until a macrotask after the last undo, so that a component that is mounted anew at once costs nothing.
   *
   * @param listener called with the present view, before this returns, and after each change.
   * @returns the undo.
   */
  readonly subscribe: { (): void; (listener: (view: T) => void): () => void } = (
    listener?: (view: T) => void,
  ) => {
    this.#start();
    if (!listener) {
      this.#pinned = true;
      return noop;
    }
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

  readonly getSnapshot = (): T => this.#view.value;

  /** Stops following the key, at once. `subscribe` starts again. */
  destroy(): void {
    this.#pinned = false;
    this.#end();
  }

  /** Whether the key is followed, so that an own message comes back once the room has it. */
  protected get followed(): boolean {
    return !!this.#stop;
  }

  /**
   * @param fresh whether this is the whole stream: the history, or what has replaced it.
   * @param push the message's frame, if it came as it happened: a relay's has no `prev`.
   */
  protected abstract fold(messages: SequenceValue[], fresh: boolean, push?: SessionBroadcast): void;

  /** The connection has gone to another room. */
  protected abstract reset(): void;

  /** How many messages are retained after an own push. */
  protected sized(_size: number): void {}

  protected show(view: T): void {
    if (Object.is(view, this.#view.value)) return;
    this.#view.value = view;
    this.#view.dispatch(view);
  }

  /**
   * @param settled told what became of the message.
   * @returns what takes the message back, if it is unsent.
   * @throws {DriftDBError}
   */
  protected push(value: unknown, action: Action, settled: (fate: Fate) => void): () => void {
    return this.db.push({ type: "push", key: this.key, value, action }, settled);
  }

  protected report(error: unknown): void {
    this.db.report(error);
  }

  /** A message that is not of this kind of store: of another application, or a later version. */
  protected reportUnknown(): void {
    this.report(new DriftDBError("unknown_shape", `key "${this.key}" has a message of another kind`));
  }

  #start(): void {
    if (this.#stop) return;
    let fresh = true;
    this.through = 0;
    const entry = newListener({
      replay: true,
      deliver: (messages, head, push) => {
        const whole = fresh || !!push?.replace;
        fresh = false;
        this.through = head;
        this.fold(messages, whole, push);
      },
      size: (size) => this.sized(size),
      reset: () => {
        fresh = true;
      },
      left: () => {
        fresh = true;
        this.through = 0;
        this.reset();
      },
    });
    this.#stop = this.db.subscribe(this.key, entry);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

const noop = () => {};

/** Tells the messages of one store from those of all others, for as long as it lives. */
export function authorId(): string {
  return Math.random().toString(36).slice(2);
}

/** @throws {DriftDBError} `undefined_value`: JSON would leave it out, and the message would say nothing. */
export function defined<T>(value: T): T {
  if (value === undefined) throw new DriftDBError("undefined_value", "undefined is not JSON: use null");
  return value;
}

import type { Action, Key, SequenceNumber, SequenceValue } from "driftdb-protocol";
import { attempt } from "./attempt.js";
import type { DbConnection } from "./db-connection.js";
import { Emitter } from "./emitter.js";
import { DriftDBError } from "./errors.js";
import type { Fate } from "./outbox.js";
import { listener } from "./subscriptions.js";

/**
 * What a user interface needs of a value that changes. React's `useSyncExternalStore` takes the two functions
 * as they are.
 */
export interface Store<T> {
  /** @param onChange called after each change. @returns the undo. */
  subscribe(onChange: () => void): () => void;
  /** The present value: the same object until it changes. */
  getSnapshot(): T;
}

interface KeyOptions<V> {
  db: DbConnection;
  key: Key;
  parse?: ((value: unknown) => V) | undefined;
}

/** Common to StateListener and Reducer: a view of one key, which is followed while somebody looks. */
export abstract class KeyStore<T, V> implements Store<T> {
  protected readonly db: DbConnection;
  protected readonly key: Key;
  /** @throws {DriftDBError} `invalid_value` */
  protected readonly parse: (value: unknown) => V;
  readonly #changed = new Emitter<void>();
  #view: T;
  #watchers = 0;
  /** Whether it is followed until `destroy()`, watchers or not. */
  #pinned = false;
  #stop: (() => void) | undefined;
  /** The seq through which all that the room retains has been folded in. */
  protected through: SequenceNumber = 0;

  constructor(options: KeyOptions<V>, view: T, callback?: (view: T) => void) {
    this.db = options.db;
    this.key = options.key;
    this.parse = this.parser(options.parse);
    this.#view = view;
    if (callback) this.#changed.addListener(() => callback(this.#view));
  }

  /**
   * Without an argument: follows the key until `destroy()`. With one: follows it from the first such
   * call on, until a macrotask after the last undo, so that a component that is mounted anew at once costs nothing.
   *
   * @param onChange called after each change.
   * @returns the undo.
   */
  readonly subscribe: { (): void; (onChange: () => void): () => void } = (onChange?: () => void) => {
    this.#start();
    if (!onChange) {
      this.#pinned = true;
      return noop;
    }
    let remove: (() => void) | undefined = this.#changed.addListener(() => onChange());
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

  readonly getSnapshot = (): T => this.#view;

  /** Stops following the key, at once. `subscribe` starts again. */
  destroy(): void {
    this.#pinned = false;
    this.#end();
  }

  /** Whether the key is followed, so that an own message comes back once the room has it. */
  protected get followed(): boolean {
    return !!this.#stop;
  }

  /** @param fresh whether this is the history, from the start. */
  protected abstract fold(messages: SequenceValue[], fresh: boolean): void;

  /** The connection has gone to another room. */
  protected abstract reset(): void;

  /** How many messages are retained after an own push. */
  protected sized(_size: number): void {}

  protected show(view: T): void {
    if (Object.is(view, this.#view)) return;
    this.#view = view;
    this.#changed.dispatch();
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
    if (!this.db.errorListener.dispatch(error as Error)) console.error(error);
  }

  /**
   * The application's `parse`, its errors named. Without one, everything is what it is.
   *
   * @returns what throws {DriftDBError} `invalid_value`, with the message of what `parse` throws.
   */
  protected parser<V>(parse: (value: unknown) => V = (value) => value as V): (value: unknown) => V {
    return (value) => {
      try {
        return parse(value);
      } catch (error) {
        throw new DriftDBError("invalid_value", `key "${this.key}": ${(error as Error).message}`);
      }
    };
  }

  /** Calls a function, and reports what it throws. */
  protected attempt(call: () => void): void {
    attempt(call, (error) => this.report(error));
  }

  /** A message that is not of this kind of store: of another application, or a later version. */
  protected reportUnknown(): void {
    this.report(new DriftDBError("unknown_shape", `key "${this.key}" has a message of another kind`));
  }

  #start(): void {
    if (this.#stop) return;
    let fresh = true;
    this.through = 0;
    const entry = listener({
      replay: true,
      deliver: (messages, head) => {
        const first = fresh;
        fresh = false;
        this.through = head;
        this.fold(messages, first);
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

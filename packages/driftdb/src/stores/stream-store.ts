import type { Action, Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import type { DbConnection } from "../connection/db-connection.js";
import type { Outcome } from "../connection/outbox.js";
import { DriftDBError } from "../errors.js";
import { LazyStore } from "./lazy-store.js";

/** A store that folds the messages of a key to a view: StateListener, Reducer and MessageList. */
export abstract class StreamStore<T, V> extends LazyStore<T> {
  /** @internal */
  declare protected readonly key: Key;
  /** Turns a value of the room into one of this store. It throws for a value that does not fit. @internal */
  declare protected readonly parse: (value: unknown) => V;
  /** The seq through which all that the room retains has been folded in. @internal */
  protected through: SequenceNumber = 0;
  #room = "";

  /** @internal */
  constructor(
    { db, key, parse }: { db: DbConnection; key: Key; parse?: ((value: unknown) => V) | undefined },
    view: T,
    callback?: (view: T) => void,
  ) {
    super(db, view, callback);
    this.key = key;
    this.parse = parse ?? ((value) => value as V);
  }

  /**
   * @param isWhole whether this is the whole stream: the history, or its replacement.
   * @param push the frame of a broadcast. A relay's has no `prev`.
   * @internal
   */
  protected abstract fold(messages: SequenceValue[], isWhole: boolean, push?: SessionBroadcast): void;

  /** The connection has moved to another room: the folded messages are void. @internal */
  protected abstract reset(): void;

  /** Called with the number of retained messages after an own push. @internal */
  protected sized(_size: number): void {}

  /**
   * Sends a message of this store.
   *
   * @param settled called with what became of the message.
   * @returns what takes the message back, if it was never sent.
   * @throws {DriftDBError} `bad_value` or `too_large`.
   * @internal
   */
  protected push(value: unknown, action: Action, settled: (outcome: Outcome) => void): () => void {
    return this.db.session.send({ type: "push", key: this.key, value, action }, settled);
  }

  /** What was folded of another room, before the store stopped following, is void. @internal */
  protected override refresh(): void {
    const was = this.#room;
    this.#room = this.db.room;
    if (was && was !== this.#room && !this.followed) this.reset();
  }

  /** Reports a message of another kind of store: of another application, or a later version. @internal */
  protected reportUnknown(): void {
    this.db.report(new DriftDBError("unknown_shape", `key "${this.key}" has a message of another kind`));
  }

  /** @internal */
  protected start(): () => void {
    this.refresh();
    let isFirst = true;
    this.through = 0;
    const undo = this.db.session.subscribe(this.key, {
      replay: true,
      deliver: (messages, { through }, push) => {
        const isWhole = isFirst || push?.replace === true;
        isFirst = false;
        this.through = through;
        this.fold(messages, isWhole, push);
      },
      size: (size) => this.sized(size),
      reset: () => {
        isFirst = true;
      },
      left: () => {
        isFirst = true;
        this.through = 0;
        this.reset();
      },
    });
    return () => {
      this.refresh();
      undo();
    };
  }
}

/** A random id by which a store knows its own messages. */
export function authorId(): string {
  return Math.random().toString(36).slice(2);
}

/**
 * @throws {DriftDBError} `undefined_value`: JSON would leave the value out, and the message would be empty.
 */
export function defined<T>(value: T): T {
  if (value === undefined) throw new DriftDBError("undefined_value", "undefined is not JSON: use null");
  return value;
}

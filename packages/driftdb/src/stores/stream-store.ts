import type { Action, Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Outcome } from "../connection/outbox.js";
import { DriftDBError } from "../errors.js";
import { LazyStore } from "./lazy-store.js";

/** Common to StateListener, Reducer and MessageList: a view of what a key's messages fold to. */
export abstract class StreamStore<T, V> extends LazyStore<T> {
  declare protected readonly key: Key;
  /** Makes of what the room has what is seen here, and throws at what does not fit. */
  declare protected readonly parse: (value: unknown) => V;
  /** The seq through which all that the room retains has been folded in. */
  protected through: SequenceNumber = 0;
  #room = "";

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
   * @param fresh whether this is the whole stream: the history, or what has replaced it.
   * @param push the message's frame, if it came as it happened: a relay's has no `prev`.
   */
  protected abstract fold(messages: SequenceValue[], fresh: boolean, push?: SessionBroadcast): void;

  /** The connection has gone to another room. */
  protected abstract reset(): void;

  /** How many messages are retained after an own push. */
  protected sized(_size: number): void {}

  /**
   * @param settled told what became of the message.
   * @returns what takes the message back, if it is unsent.
   * @throws {DriftDBError}
   */
  protected push(value: unknown, action: Action, settled: (outcome: Outcome) => void): () => void {
    return this.db.push({ type: "push", key: this.key, value, action }, settled);
  }

  /** Calls a function, and reports what it throws. */
  protected attempt(call: () => void): void {
    callSafely(call, this.db.report);
  }

  /** What was seen in another room, while nobody followed, is void. */
  protected override refresh(): void {
    const was = this.#room;
    this.#room = this.db.room;
    if (was && was !== this.#room && !this.followed) this.reset();
  }

  /** A message that is not of this kind of store: of another application, or a later version. */
  protected reportUnknown(): void {
    this.db.report(new DriftDBError("unknown_shape", `key "${this.key}" has a message of another kind`));
  }

  protected start(): () => void {
    this.refresh();
    let fresh = true;
    this.through = 0;
    const undo = this.db.subscribe(this.key, {
      replay: true,
      deliver: (messages, { through }, push) => {
        const whole = fresh || !!push?.replace;
        fresh = false;
        this.through = through;
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
    return () => {
      this.refresh();
      undo();
    };
  }
}

/** Tells the messages of one store from those of all others, for as long as it lives. */
export function authorId(): string {
  return Math.random().toString(36).slice(2);
}

/** @throws {DriftDBError} `undefined_value`: JSON would leave it out, and the message would say nothing. */
export function defined<T>(value: T): T {
  if (value === undefined) throw new DriftDBError("undefined_value", "undefined is not JSON: use null");
  return value;
}

import type { Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Outcome } from "../connection/outbox.js";
import { toJson } from "../wire/encode-message.js";
import { authorId, defined, StreamStore } from "./stream-store.js";

/** A shared value on the wire: a `replace` of this. */
interface Shared {
  v: unknown;
  /** The author's id. 1.0.12 sent none. */
  i?: string;
  /**
   * The author's count of messages, by which it knows its own message when that comes back. 1.0.12 sent none.
   */
  m?: number;
}

/** An own value that has not come back from the room. */
interface Own<T, Input> {
  /** As it is sent, and as it is seen. */
  readonly sent: Input;
  readonly value: T;
  /** The count of its message; undefined while it waits for the interval to end. */
  m?: number;
  /** The seq of its message, once that is known. */
  seq?: SequenceNumber;
}

/**
 * A value that all clients of a room share. A client sees its own change immediately. All clients agree once
 * the changes have been through the server: the last one there wins.
 *
 * `Input` is the type that is set and sent, where `parse` turns it into another one.
 *
 * @example
 * const slider = new StateListener<number>({ db, key: "slider" });
 * const undo = slider.subscribe((value = 0) => (input.value = String(value)));
 * slider.setStateOptimistic(55);
 * slider.setStateOptimistic((value = 0) => value + 1);
 */
export class StateListener<T, Input = T> extends StreamStore<T | undefined, T> {
  readonly #author = authorId();
  readonly #debounceMillis: number;
  /** The newest value of the server. */
  #confirmed: T | undefined;
  /** The newest own value until it has come back. */
  #own: Own<T, Input> | undefined;
  /** How many values were sent. */
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cancel: (() => void) | undefined;

  /**
   * @param options.callback called with each new value: others', one's own immediately, and the one at the
   * start.
   * @param options.debounceMillis milliseconds: of several values within them, the first and the last are
   * sent. Default 20.
   * @param options.parse turns a value of the room into one of this store. A value for which it throws is
   * reported and skipped. It must be pure, and the same in all clients.
   */
  constructor(options: {
    db: DbConnection;
    key: Key;
    callback?: ((value: T) => void) | undefined;
    debounceMillis?: number | undefined;
    parse?: ((value: unknown) => T) | undefined;
  }) {
    const { callback, debounceMillis = 20 } = options;
    super(options, undefined, callback && ((value) => value !== undefined && callback(value)));
    this.#debounceMillis = debounceMillis;
  }

  /**
   * Sets the value: here immediately, in other clients when it gets there.
   *
   * @param value the value, or a function from the newest value, which is undefined if there is none yet.
   * @throws {DriftDBError} `bad_value` if it is not JSON, `undefined_value` if it is undefined. Whatever
   * `parse` throws for it. Nothing is sent then.
   */
  readonly setStateOptimistic = (value: Input | ((current: T | undefined) => Input)): void => {
    const current = this.getSnapshot();
    const sent = defined(
      typeof value === "function" ? (value as (current: T | undefined) => Input)(current) : value,
    );
    const own = { sent, value: this.parse(sent) };
    if (this.#timer) {
      toJson({ v: sent }, this.key);
    } else {
      this.#send(own);
      this.#timer = setTimeout(this.#due, this.#debounceMillis);
    }
    this.#own = own;
    this.#update();
  };

  /** Sends a value that waits for the interval to end, then stops following the key. */
  override destroy(): void {
    clearTimeout(this.#timer);
    this.#due();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    super.destroy();
  }

  /** @internal */
  protected fold(messages: SequenceValue[], isWhole: boolean, push?: SessionBroadcast): void {
    // A message that comes as it happens takes the place of the value, if it fits.
    if (isWhole && !push) this.#confirmed = undefined;
    for (const { value } of messages) {
      const { v, i, m } = Object(value) as Partial<Shared>;
      if (v === undefined) {
        this.reportUnknown();
        continue;
      }
      const own = i === this.#author && m === this.#own?.m ? this.#own : undefined;
      // An own value comes back as a copy: the view keeps the original.
      callSafely(() => {
        this.#confirmed = own ? own.value : this.parse(v);
      }, this.db.report);
      if (own) this.#own = undefined;
    }
    // A later value has replaced the own one before that came back.
    if (this.#own?.seq && this.#own.seq <= this.through) this.#own = undefined;
    this.#update();
  }

  /** @internal */
  protected reset(): void {
    this.#confirmed = this.#own = undefined;
    this.#update();
  }

  readonly #due = (): void => {
    this.#timer = undefined;
    const own = this.#own;
    if (!own || own.m) return;
    this.#timer = setTimeout(this.#due, this.#debounceMillis);
    callSafely(
      () => this.#send(own),
      (error) => {
        this.#own = undefined;
        this.db.report(error);
        this.#update();
      },
    );
  };

  #send(own: Own<T, Input>): void {
    const m = this.#count + 1;
    const message: Shared = { v: own.sent, i: this.#author, m };
    const cancel = this.push(message, { type: "replace" }, (outcome) => this.#settle(own, outcome));
    // Without a connection, only the newest value waits.
    this.#cancel?.();
    this.#cancel = cancel;
    own.m = this.#count = m;
  }

  /** The room has taken an own value, or refused it, or its outcome is unknown: then it has no seq. */
  #settle(own: Own<T, Input>, { seq = 0, error }: Outcome): void {
    if (own !== this.#own) return;
    if (this.followed && seq > this.through) {
      // It will come back.
      own.seq = seq;
      return;
    }
    if (!error && !this.followed) this.#confirmed = own.value;
    this.#own = undefined;
    this.#update();
  }

  #update(): void {
    this.show(this.#own ? this.#own.value : this.#confirmed);
  }
}

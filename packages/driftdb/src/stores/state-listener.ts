import type { Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Outcome } from "../connection/outbox.js";
import { toJson } from "../wire/encode-message.js";
import { authorId, defined, StreamStore } from "./stream-store.js";

/** What a shared value is on the wire: a `replace` of this. */
interface Shared {
  v: unknown;
  /** Its author … */
  i?: string;
  /** … and the author's count, by which it knows its own message when that comes back. 1.0.12 had none. */
  m?: number;
}

/**
 * A value that all clients of a room share. Each sees its own change at once, and all agree when
 * the changes have been through the server: the last one there wins.
 *
 * `Input` is what is set and sent, where `parse` makes something else of it.
 */
export class StateListener<T, Input = T> extends StreamStore<T | undefined, T> {
  readonly #author = authorId();
  readonly #debounceMillis: number;
  /** What the server has. */
  #confirmed: T | undefined;
  /** The newest own value, as it is sent and as it is seen, until it has come back, and its seq, once that is known. */
  #own: { readonly sent: Input; readonly value: T; seq?: SequenceNumber } | undefined;
  /** Whether it is still to be sent. */
  #unsent = false;
  /** How many were sent. */
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #cancel: (() => void) | undefined;

  /**
   * @param options.callback called with each new value: others', one's own at once, and the one there is at the start.
   * @param options.debounceMillis of several values within so many milliseconds, the first and the last are sent.
   * Default 20.
   * @param options.parse makes of a value of the room what is seen here, and throws at one that is none: that one is
   * reported and skipped. Pure, and the same in all clients.
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
   * Sets the value: here at once, elsewhere when it gets there.
   *
   * @param value the value, or a function from the newest one, which is undefined if there is none yet, to it.
   * @throws {DriftDBError} `bad_value` if it is no JSON value, `undefined_value` if it is undefined;
   * what `parse` throws at it. Nothing is sent then.
   */
  readonly setStateOptimistic = (value: Input | ((current: T | undefined) => Input)): void => {
    const current = this.getSnapshot();
    const sent = defined(
      typeof value === "function" ? (value as (current: T | undefined) => Input)(current) : value,
    );
    const next = this.parse(sent);
    if (this.#timer) {
      toJson({ v: sent }, this.key);
      this.#unsent = true;
    } else {
      this.#send(sent);
      this.#timer = setTimeout(this.#due, this.#debounceMillis);
    }
    this.#own = { sent, value: next };
    this.show(next);
  };

  /** Sends what is held back, then stops following the key. */
  override destroy(): void {
    clearTimeout(this.#timer);
    this.#due();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    super.destroy();
  }

  protected fold(messages: SequenceValue[], fresh: boolean, push?: SessionBroadcast): void {
    // All that comes as it happens takes the place of what was before, if it fits.
    if (fresh && !push) this.#confirmed = undefined;
    for (const { value } of messages) {
      const { v, i, m } = Object(value) as Partial<Shared>;
      if (v === undefined) {
        this.reportUnknown();
        continue;
      }
      const own = i === this.#author && m === this.#count && !this.#unsent && this.#own;
      // One's own comes back as a copy: the view keeps the original.
      this.attempt(() => {
        this.#confirmed = own ? own.value : this.parse(v);
      });
      if (own) this.#own = undefined;
    }
    // A later value has taken its place, before it came back.
    if (this.#own?.seq && this.#own.seq <= this.through) this.#own = undefined;
    this.#update();
  }

  protected reset(): void {
    this.#confirmed = this.#own = undefined;
    this.#unsent = false;
    this.#update();
  }

  readonly #due = (): void => {
    this.#timer = undefined;
    if (!this.#unsent || !this.#own) return;
    const { sent } = this.#own;
    this.#unsent = false;
    this.#timer = setTimeout(this.#due, this.#debounceMillis);
    callSafely(
      () => this.#send(sent),
      (error) => {
        this.#own = undefined;
        this.db.report(error);
        this.#update();
      },
    );
  };

  #send(v: Input): void {
    const m = this.#count + 1;
    const message: Shared = { v, i: this.#author, m };
    const cancel = this.push(message, { type: "replace" }, (outcome) => this.#settle(m, outcome));
    // Without a connection, only the newest value waits for one.
    this.#cancel?.();
    this.#cancel = cancel;
    this.#count = m;
  }

  /** It is known what became of the own message with this count. One without a seq was refused, or nobody knows. */
  #settle(m: number, { seq = 0, error }: Outcome): void {
    if (!this.#own || this.#unsent || m !== this.#count) return;
    if (this.followed && seq > this.through) {
      // It will come back.
      this.#own.seq = seq;
      return;
    }
    if (!error && !this.followed) this.#confirmed = this.#own.value;
    this.#own = undefined;
    this.#update();
  }

  #update(): void {
    this.show(this.#own ? this.#own.value : this.#confirmed);
  }
}

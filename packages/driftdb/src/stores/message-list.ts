import type { Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import { StreamStore } from "./stream-store.js";
import { scheduleUpdate } from "./update-scheduler.js";

/** A message of a key. */
export interface Message<T> {
  readonly value: T;
  readonly seq: SequenceNumber;
}

/** The empty view. It is always the same array, so that an empty list that stays empty has not changed. */
const EMPTY: readonly never[] = [];

/**
 * The retained stream of a key as an array, oldest message first: its history, then each message that is
 * appended. A `replace` leaves itself alone in it. Relays are not in it.
 *
 * Compactions are not broadcast (M3): clients that were there before keep the messages that later joiners see
 * as one snapshot, until the server gives the whole stream again (S7).
 *
 * Messages that come in one turn make one new array and one change, a microtask later. Until then the array
 * is the same.
 *
 * @example
 * const log = new MessageList<string>({ db, key: "log" });
 * const undo = log.subscribe((messages) => console.log(messages.map(({ value }) => value)));
 */
export class MessageList<T> extends StreamStore<readonly Message<T>[], T> {
  /** The next view is a copy of this. A copy for each message of a burst would take quadratic time. */
  #messages: Message<T>[] = [];
  #isDue = false;

  /**
   * @param options.callback called with each new array.
   * @param options.parse turns a value of the room into one of this list. A value for which it throws is
   * reported and left out.
   */
  constructor(options: {
    db: DbConnection;
    key: Key;
    callback?: ((messages: readonly Message<T>[]) => void) | undefined;
    parse?: ((value: unknown) => T) | undefined;
  }) {
    super(options, EMPTY, options.callback);
  }

  /** @internal */
  protected fold(messages: SequenceValue[], isWhole: boolean, push?: SessionBroadcast): void {
    const isRelay = push && push.prev === undefined;
    if (isRelay || (!isWhole && !messages.length)) return;
    if (isWhole) this.#messages = [];
    for (const { value, seq } of messages) {
      callSafely(() => this.#messages.push({ value: this.parse(value), seq }), this.db.report);
    }
    if (this.#isDue) return;
    this.#isDue = true;
    scheduleUpdate(this.db, () => {
      this.#isDue = false;
      if (this.followed) this.show(this.#messages.length ? [...this.#messages] : EMPTY);
    });
  }

  /** @internal */
  protected reset(): void {
    this.#messages = [];
    this.show(EMPTY);
  }
}

import type { Key, SequenceNumber, SequenceValue, SessionBroadcast } from "driftdb-protocol";
import type { DbConnection } from "../connection/db-connection.js";
import { StreamStore } from "./stream-store.js";
import { scheduleUpdate } from "./update-scheduler.js";

/** A message of a key, as listeners are given it. */
export interface Message<T> {
  readonly value: T;
  readonly seq: SequenceNumber;
}

/**
 * The retained stream of a key, oldest first: its history, then each message that is appended. A `replace` leaves
 * itself alone in it. Relays are not in it.
 *
 * A compaction is not broadcast (M3): who was there before still has the messages that somebody who comes later sees
 * as one snapshot, until the whole stream has to be given again (S7).
 *
 * What comes in one turn is one new array and one change, a microtask later. The array stays the same until then.
 */
export class MessageList<T> extends StreamStore<readonly Message<T>[], T> {
  /** What the next view is copied from: to copy it for each message of a burst would be quadratic. */
  #messages: Message<T>[] = [];
  #due = false;

  /**
   * @param options.callback called with each new array.
   * @param options.parse makes of a value of the room what is seen here, and throws at one that is none: that one is
   * reported and left out.
   */
  constructor(options: {
    db: DbConnection;
    key: Key;
    callback?: ((messages: readonly Message<T>[]) => void) | undefined;
    parse?: ((value: unknown) => T) | undefined;
  }) {
    super(options, [], options.callback);
  }

  protected fold(messages: SequenceValue[], fresh: boolean, push?: SessionBroadcast): void {
    const relayed = push && push.prev === undefined;
    if (relayed || !(fresh || messages.length)) return;
    if (fresh) this.#messages = [];
    for (const { value, seq } of messages) {
      this.attempt(() => void this.#messages.push({ value: this.parse(value), seq }));
    }
    if (this.#due) return;
    this.#due = true;
    scheduleUpdate(this.db, () => {
      this.#due = false;
      // Empty as before is no change.
      const changed = this.#messages.length || this.getSnapshot().length;
      if (this.followed && changed) this.show([...this.#messages]);
    });
  }

  protected reset(): void {
    this.#messages = [];
    if (this.shown.length) this.show([]);
  }
}

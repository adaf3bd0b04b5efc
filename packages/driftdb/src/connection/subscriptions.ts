import type {
  Key,
  SequenceNumber,
  SessionBroadcast,
  SessionGet,
  SessionInit,
  UnsubscribeMessage,
} from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import { Cursor, NEVER } from "./cursor.js";
import type { Listener } from "./listener.js";

interface Stream {
  readonly cursors: Map<Listener, Cursor>;
  /** The unanswered gets, oldest first: after which seq each one asked. */
  gets: SequenceNumber[];
}

/**
 * The listeners of each key and how far each has been given its messages, so that it sees each one at most
 * once and in order (I3), however often the history is asked for. A listener that waits for an answer is not
 * given broadcasts of the key: the answer has those that are retained.
 */
export class Subscriptions {
  readonly #report: (error: unknown) => void;
  readonly #send: (message: SessionGet | UnsubscribeMessage) => void;
  #streams = new Map<Key, Stream>();
  /**
   * The life of the room's data that the listeners have been given; empty if they have been given nothing.
   */
  #epoch = "";

  /**
   * @param report called with errors of listeners.
   * @param send sends a message, if there is a connection.
   */
  constructor(report: (error: unknown) => void, send: (message: SessionGet | UnsubscribeMessage) => void) {
    this.#report = report;
    this.#send = send;
  }

  add(key: Key, listener: Listener): void {
    const { cursors, gets } = this.#stream(key);
    cursors.set(listener, new Cursor(listener.replay));
    if (!gets.includes(0)) this.#ask(key, 0);
  }

  /** Removes the first listener that matches. */
  remove(key: Key, matches: (listener: Listener) => boolean): void {
    const { cursors } = this.#stream(key);
    for (const [listener, cursor] of cursors) {
      if (!matches(listener)) continue;
      cursor.isCurrent = false;
      cursors.delete(listener);
      break;
    }
    // A listener that returns in this task costs nothing.
    setTimeout(() => this.#leave(key));
  }

  /** Gives a key up, if it has no listeners. */
  #leave(key: Key): void {
    const stream = this.#streams.get(key);
    if (!stream || stream.cursors.size) return;
    // Answers that are on their way belong to the time before.
    stream.gets = stream.gets.map(() => NEVER);
    this.#tidy(key);
    this.#send({ type: "unsubscribe", key });
  }

  #ask(key: Key, seq: SequenceNumber): void {
    this.#send({ type: "get", key, seq, epoch: this.#epoch });
  }

  /** A get was sent. */
  asked(key: Key, seq: SequenceNumber): void {
    this.#stream(key).gets.push(seq);
  }

  /**
   * A socket is open. What was missed is unknown, and gets that went over another socket stay unanswered:
   * asks once for each key (S5).
   *
   * @param epoch names the room's data. Another epoch makes the earlier messages void (S1).
   */
  resume(epoch: string): void {
    const dataLost = this.#epoch !== "" && this.#epoch !== epoch;
    this.#epoch = epoch;
    for (const [key, stream] of this.#streams) {
      stream.gets = [];
      let first = NEVER;
      for (const cursor of stream.cursors.values()) {
        cursor.interrupt(dataLost);
        first = Math.min(first, cursor.at);
      }
      if (first < NEVER) this.#ask(key, first);
      else this.#streams.delete(key);
    }
  }

  /** The answer to the oldest get of the key came: it is for the listeners that wait for it. */
  answer(init: SessionInit): void {
    const { key } = init;
    const from = this.#stream(key).gets.shift() ?? 0;
    this.each(key, (listener, cursor) => {
      if (!cursor.waitsFor(init, from)) return;
      cursor.isCurrent = true;
      if (cursor.rewind(init, from)) callSafely(() => listener.reset?.(), this.#report);
      // The listener may have unsubscribed, or gone to another room.
      if (cursor.isCurrent) listener.deliver(cursor.take(init), cursor);
    });
    this.#tidy(key);
  }

  /**
   * Delivers a broadcast. Asks again for missing messages if it does not follow a listener's last one (S6).
   */
  take(push: SessionBroadcast): void {
    const { key, value, seq } = push;
    let missing = NEVER;
    this.each(key, (listener, cursor) => {
      if (!cursor.isCurrent || seq <= cursor.through) return;
      if (cursor.pass(push)) listener.deliver([{ value, seq }], cursor, push);
      else missing = Math.min(missing, cursor.at);
    });
    if (missing < NEVER) this.#ask(key, missing);
  }

  /** Calls a function for each listener of a key. */
  each(key: Key, visit: (listener: Listener, cursor: Cursor) => unknown): void {
    // A listener may remove listeners, add some, or go to another room.
    for (const [listener, cursor] of [...(this.#streams.get(key)?.cursors ?? [])]) {
      if (this.#streams.get(key)?.cursors.get(listener) === cursor) {
        callSafely(() => visit(listener, cursor), this.#report);
      }
    }
  }

  /** Another room: all listeners start over. */
  reset(): void {
    const streams = this.#streams;
    this.#streams = new Map();
    this.#epoch = "";
    for (const [key, { cursors }] of streams) {
      for (const [listener, cursor] of cursors) {
        cursor.isCurrent = false;
        this.add(key, listener);
      }
    }
    for (const key of streams.keys()) {
      this.each(key, (listener) => listener.left?.());
    }
  }

  #stream(key: Key): Stream {
    const stream = this.#streams.get(key) ?? { cursors: new Map(), gets: [] };
    this.#streams.set(key, stream);
    return stream;
  }

  #tidy(key: Key): void {
    const { cursors, gets } = this.#stream(key);
    if (!cursors.size && !gets.length) this.#streams.delete(key);
  }
}

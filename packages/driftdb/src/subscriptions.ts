import type { Key, SequenceNumber, SequenceValue } from "driftdb-protocol";
import { attempt } from "./attempt.js";

/** Who is given the messages of a key. */
export interface Listener {
  /** Takes the history, which may be empty, then each message; after a reconnect what was missed, in one. */
  deliver(messages: SequenceValue[]): void;
  /** Takes the number of retained messages after an own push (P6). */
  size?: ((size: number) => void) | undefined;
  /** Told that the stream of another room is about to follow. */
  reset?(): void;
  /** The function that it stands for, to find it by. */
  readonly source?: unknown;
  /** Whether the history is wanted. */
  readonly replay: boolean;
  /** The newest seq that it was given, or did not want. */
  at: SequenceNumber;
  /** Whether it has all up to now, so that the next message is for it. Undefined before it ever had. */
  ready?: boolean | undefined;
}

interface Stream {
  readonly listeners: Set<Listener>;
  /** The unanswered gets, oldest first: after which seq each one asked. */
  gets: SequenceNumber[];
}

/**
 * Who has been given what of each key, so that each listener sees each message at most once and in order
 * (I3), however often the history is asked for. From a get to its answer, broadcasts of the key are not
 * given to those who wait for the answer: what is retained of them is in it.
 */
export class Subscriptions {
  #streams = new Map<Key, Stream>();

  /** @param report told what listeners throw. */
  constructor(readonly report: (error: unknown) => void) {}

  /** @returns whether a get from 0 has to be sent for it, if there is a connection. */
  add(key: Key, listener: Listener): boolean {
    const { listeners, gets } = this.#stream(key);
    listeners.add(listener);
    return !gets.includes(0);
  }

  /** Removes the first listener that matches. */
  remove(key: Key, matches: (listener: Listener) => boolean): void {
    const { listeners, gets } = this.#stream(key);
    const listener = [...listeners].find(matches);
    if (listener) {
      listener.ready = false;
      listeners.delete(listener);
    }
    if (!listeners.size && !gets.length) this.#streams.delete(key);
  }

  /** A get was sent. */
  asked(key: Key, seq: SequenceNumber): void {
    this.#stream(key).gets.push(seq);
  }

  /**
   * A socket is open. What was missed is unknown, and gets that went over another socket stay unanswered.
   *
   * @param doubts keys of which more is wanted, and from where.
   * @returns the gets to send, one for each key.
   */
  resume(doubts: ReadonlyMap<Key, SequenceNumber>): Map<Key, SequenceNumber> {
    const gets = new Map(doubts);
    for (const [key, stream] of this.#streams) {
      stream.gets = [];
      for (const listener of stream.listeners) {
        listener.ready &&= false;
        gets.set(key, Math.min(gets.get(key) ?? listener.at, listener.at));
      }
    }
    return gets;
  }

  /** Messages came: one as it happened, or the answer to the oldest get of the key. */
  take(key: Key, messages: SequenceValue[], answer: boolean): void {
    const from = answer && (this.#stream(key).gets.shift() ?? 0);
    this.each(key, (listener) => {
      const { ready, replay, at } = listener;
      // One that has less than an answer presupposes waits for its own.
      if (!ready && (from === false || at < from)) return;
      const news = messages.filter(({ seq }) => seq > at);
      listener.ready = true;
      listener.at = news.at(-1)?.seq ?? at;
      if (!ready || news.length) listener.deliver(replay || ready !== undefined ? news : []);
    });
  }

  /** Calls a function for each listener of a key. */
  each(key: Key, visit: (listener: Listener) => unknown): void {
    const stream = this.#streams.get(key);
    // Whoever is called may remove listeners, add some, or go to another room.
    for (const listener of [...(stream?.listeners ?? [])]) {
      if (stream === this.#streams.get(key) && stream?.listeners.has(listener)) {
        attempt(() => visit(listener), this.report);
      }
    }
  }

  /** Another room: all listeners start over. */
  reset(): void {
    const streams = this.#streams;
    this.#streams = new Map();
    for (const [key, { listeners }] of streams) {
      for (const listener of listeners) {
        listener.at = 0;
        listener.ready = undefined;
        this.add(key, listener);
        attempt(() => listener.reset?.(), this.report);
      }
    }
  }

  #stream(key: Key): Stream {
    const stream = this.#streams.get(key) ?? { listeners: new Set(), gets: [] };
    this.#streams.set(key, stream);
    return stream;
  }
}

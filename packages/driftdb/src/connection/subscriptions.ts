import type {
  HoldsBroadcast,
  Key,
  ReleaseBroadcast,
  SequenceNumber,
  SequenceValue,
  SessionBroadcast,
  SessionInit,
} from "driftdb-protocol";
import { callSafely } from "../call-safely.js";

/** Changed holds of a key (D23), and as the pushes whose place they take: with `from`, once a listener knows it. */
export interface ChangedHolds extends HoldsBroadcast {
  readonly pushes: readonly SessionBroadcast[];
}

/** Who is given the messages of a key. */
export interface Listener {
  /**
   * Takes the history, which may be empty, then each message; after a reconnect what was missed, in one.
   *
   * @param head the seq through which it now has all that the room retains.
   * @param push the message's frame, if it came as it happened.
   */
  deliver(messages: SequenceValue[], head: SequenceNumber, push?: SessionBroadcast): void;
  /** Takes the number of retained messages after an own push (P6). */
  size?: ((size: number) => void) | undefined;
  /** Told what is held for the key, or who holds what now, or does not any more (S9). */
  held?: ((message: SessionInit | SessionBroadcast | ReleaseBroadcast | ChangedHolds) => void) | undefined;
  /** Told that what it was given is void, and that the whole stream is about to follow (S7). */
  reset?(): void;
  /** Told that the connection goes to another room. */
  left?(): void;
  /** The function that it stands for, to find it by. */
  readonly source?: unknown;
  /** Whether the history is wanted. */
  readonly replay: boolean;
  /** The newest *retained* seq that it was given, or did not want (S7). */
  at: SequenceNumber;
  /** The newest seq that it was given, relays included: what it is given rises (I3). */
  through: SequenceNumber;
  /** Whether it has all up to now, so that the next message is for it. Undefined before it ever had. */
  ready?: boolean | undefined;
  /** Whether what it was given is of another life of the room's data (S1). */
  stale?: boolean;
}

/** A new listener, which has nothing yet. */
export function listener(
  what: Pick<Listener, "deliver" | "size" | "held" | "reset" | "left" | "source" | "replay">,
): Listener {
  return { ...what, at: 0, through: 0 };
}

/** Of a get whose answer is for nobody. */
const NEVER = Number.POSITIVE_INFINITY;

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
  readonly #report: (error: unknown) => void;
  #streams = new Map<Key, Stream>();

  /** @param report told what listeners throw. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** @returns whether a get from 0 has to be sent for it, if there is a connection. */
  add(key: Key, listener: Listener): boolean {
    const { listeners, gets } = this.#stream(key);
    listeners.add(listener);
    return !gets.includes(0);
  }

  /** Removes the first listener that matches. */
  remove(key: Key, matches: (listener: Listener) => boolean): void {
    const { listeners } = this.#stream(key);
    const listener = [...listeners].find(matches);
    if (!listener) return;
    listener.ready = false;
    listeners.delete(listener);
  }

  /** Gives a key up, if nobody listens to it. @returns whether there is an `unsubscribe` to send (S2). */
  leave(key: Key): boolean {
    const stream = this.#streams.get(key);
    if (!stream || stream.listeners.size) return false;
    // Answers that are on their way belong to the time before.
    stream.gets = stream.gets.map(() => NEVER);
    this.#tidy(key, stream);
    return true;
  }

  /** A get was sent. */
  asked(key: Key, seq: SequenceNumber): void {
    this.#stream(key).gets.push(seq);
  }

  /**
   * A socket is open. What was missed is unknown, and gets that went over another socket stay unanswered.
   *
   * @param lost whether the room's data has begun another life, so that what was given is void (S1).
   * @returns the gets to send, one for each key (S5), and from where.
   */
  resume(lost: boolean): Map<Key, SequenceNumber> {
    const gets = new Map<Key, SequenceNumber>();
    for (const [key, stream] of this.#streams) {
      stream.gets = [];
      for (const listener of stream.listeners) {
        listener.ready &&= false;
        if (lost) {
          listener.stale ||= listener.through > 0;
          listener.at = 0;
        }
        gets.set(key, Math.min(gets.get(key) ?? listener.at, listener.at));
      }
      this.#tidy(key, stream);
    }
    return gets;
  }

  /** The answer to the oldest get of the key came: it is for those who wait for it. */
  answer({ key, data, head, reset }: SessionInit): void {
    const stream = this.#streams.get(key);
    const from = stream?.gets.shift() ?? 0;
    this.each(key, (listener) => {
      const { ready, replay, at } = listener;
      // One that has less than an answer presupposes waits for its own.
      if (ready || (at < from && !(reset && from < NEVER))) return;
      // The whole stream begins later than what it was given ends: what was in between is folded into that (S7).
      const swallowed = (reset || !from) && at && (data[0]?.seq ?? NEVER) > at;
      listener.ready = true;
      if (listener.stale || swallowed || (reset && at && at === from)) {
        listener.stale = false;
        listener.at = listener.through = 0;
        callSafely(() => listener.reset?.(), this.#report);
        if (!listener.ready) return;
      }
      const news = data.filter(({ seq }) => seq > listener.at);
      listener.at = news.at(-1)?.seq ?? listener.at;
      listener.through = Math.max(head, listener.at);
      listener.deliver(replay || ready !== undefined ? news : [], listener.through);
    });
    if (stream) this.#tidy(key, stream);
  }

  /**
   * A message came as it happened.
   *
   * @returns from where to ask again, if it does not follow what somebody has (S6).
   */
  take(push: SessionBroadcast): SequenceNumber | undefined {
    const { key, value, seq, prev } = push;
    let again: SequenceNumber | undefined;
    this.each(key, (listener) => {
      if (!listener.ready || seq <= listener.through) return;
      if (prev !== undefined && prev !== listener.at) {
        listener.ready = false;
        again = Math.min(again ?? listener.at, listener.at);
        return;
      }
      if (prev !== undefined) listener.at = seq;
      listener.through = seq;
      listener.deliver([{ value, seq }], seq, push);
    });
    return again;
  }

  /** Calls a function for each listener of a key. */
  each(key: Key, visit: (listener: Listener) => unknown): void {
    const stream = this.#streams.get(key);
    // Whoever is called may remove listeners, add some, or go to another room.
    for (const listener of [...(stream?.listeners ?? [])]) {
      if (stream === this.#streams.get(key) && stream?.listeners.has(listener)) {
        callSafely(() => visit(listener), this.#report);
      }
    }
  }

  /** Another room: all listeners start over. */
  reset(): void {
    const streams = this.#streams;
    this.#streams = new Map();
    for (const [key, { listeners }] of streams) this.#streams.set(key, { listeners, gets: [] });
    for (const key of streams.keys()) {
      this.each(key, (listener) => {
        listener.at = listener.through = 0;
        listener.ready = undefined;
        listener.stale = false;
        (listener.left ?? listener.reset)?.call(listener);
      });
    }
  }

  #stream(key: Key): Stream {
    const stream = this.#streams.get(key) ?? { listeners: new Set(), gets: [] };
    this.#streams.set(key, stream);
    return stream;
  }

  #tidy(key: Key, { listeners, gets }: Stream): void {
    if (!listeners.size && !gets.length) this.#streams.delete(key);
  }
}

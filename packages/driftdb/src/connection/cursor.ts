import type { SequenceNumber, SequenceValue, SessionBroadcast, SessionInit } from "driftdb-protocol";

/** The seq of a get whose answer is for no listener: no cursor is as far. */
export const NEVER = Infinity;

type Init = Pick<SessionInit, "data" | "reset">;
type Push = Pick<SessionBroadcast, "seq" | "prev">;

/** How far one listener has been given the messages of its key. It decides, and calls nothing. */
export class Cursor {
  /** The newest *retained* seq that the listener was given, or did not want (S7). */
  at: SequenceNumber = 0;
  /** The newest seq that it was given, relays included: later messages have greater ones (I3). */
  through: SequenceNumber = 0;
  /** Whether it has all up to now, so that the next message is for it. */
  isCurrent = false;
  /**
   * Whether the next answer is for the listener. A listener that wants no history gets answers only for
   * messages that it missed later.
   */
  #isWanted: boolean;
  /** Whether the listener's messages are of another epoch of the room (S1). */
  #isStale = false;

  /** @param replay whether the listener wants the history. */
  constructor(replay: boolean) {
    this.#isWanted = replay;
  }

  /**
   * The socket was lost. The listener may have missed messages.
   *
   * @param dataLost whether the room has another epoch.
   */
  interrupt(dataLost: boolean): void {
    this.isCurrent = false;
    if (!dataLost) return;
    this.#isStale ||= this.through > 0;
    this.at = 0;
  }

  /**
   * Whether an answer to a get after the seq `from` is for this listener. One that has less than the answer
   * presupposes waits for its own.
   */
  waitsFor({ reset }: Init, from: SequenceNumber): boolean {
    return !this.isCurrent && (this.at >= from || (!!reset && from < NEVER));
  }

  /**
   * Starts over, if such an answer makes the earlier messages void: the listener then receives the whole
   * stream (S7).
   *
   * @returns whether it did.
   */
  rewind({ data, reset }: Init, from: SequenceNumber): boolean {
    const { at } = this;
    // The stream begins after the listener's last message. The messages between are folded into it.
    const isSwallowed = (reset || !from) && (data[0]?.seq ?? NEVER) > at;
    const isVoid = this.#isStale || (at > 0 && (isSwallowed || (!!reset && at === from)));
    if (isVoid) {
      this.#isStale = false;
      this.at = this.through = 0;
    }
    return isVoid;
  }

  /** Moves on to the end of an answer. @returns what the listener is to be given of it. */
  take({ data, head }: Pick<SessionInit, "data" | "head">): SequenceValue[] {
    const news = data.filter(({ seq }) => seq > this.at);
    this.at = news.at(-1)?.seq ?? this.at;
    this.through = Math.max(head, this.at);
    const given = this.#isWanted ? news : [];
    this.#isWanted = true;
    return given;
  }

  /**
   * Moves on by a message that came as it happened. Relays have no `prev`, and are not retained.
   *
   * @returns false if the retained message before it is missing (S6): the cursor stays.
   */
  pass({ seq, prev }: Push): boolean {
    if (prev !== undefined && prev !== this.at) {
      this.isCurrent = false;
      return false;
    }
    this.through = seq;
    if (prev !== undefined) this.at = seq;
    return true;
  }
}

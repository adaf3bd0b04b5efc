import type { Hello, SequenceNumber, SessionPush } from "driftdb-protocol";
import { MessageRefusedError, NotSentError, UnknownOutcomeError } from "../errors.js";
import type { Frame } from "../wire/web-socket.js";
import { Fifo } from "./fifo.js";

/** What became of a message: the seq that the room gave it, or why it has none. */
export type Fate = SequenceNumber | Error;

/** A message on its way out. */
export interface Entry {
  readonly message: SessionPush;
  /** Its JSON, if that was made already. */
  readonly text: string;
  /** Told once, when it is known what became of the message. */
  readonly settled: (fate: Fate) => void;
  /** What goes over the wire, with its number, once it was sent. */
  frame?: Frame;
}

/**
 * The messages that the room is not known to have: first those that were sent, numbered 1, 2, 3 … without gaps (S3),
 * then those that wait, in order. Nothing leaves it before the server has said what became of it, and since that comes
 * in order, too, a message's number follows from its place.
 *
 * Compactions do not wait behind the rest: they say something of what the room has, and without them it might be too
 * full for the rest.
 */
export class Outbox {
  readonly #numbered = new Fifo<Entry>();
  readonly #compactions = new Fifo<Entry>();
  readonly #waiting = new Fifo<Entry>();
  /** Goes through the numbered ones as they are sent on the present socket. Never asked for what is not there. */
  #next = this.#numbered.values();
  /** How many of them, from the front, are on it. */
  #sent = 0;
  /** The highest number whose fate is known: the first numbered entry has the next one. */
  #acked = 0;
  #inFlight = 1;

  /** How many messages the room is not known to have. */
  get pending(): number {
    return this.#numbered.size + this.#compactions.size + this.#waiting.size;
  }

  /** Queues a message. */
  add(entry: Entry): void {
    (entry.message.action.type === "compact" ? this.#compactions : this.#waiting).add(entry);
  }

  /** Takes a message back, if it was never sent. It is not settled then. */
  cancel(entry: Entry): void {
    this.#compactions.delete(entry);
    this.#waiting.delete(entry);
  }

  /**
   * Gives what is to be sent next on this socket, if anything may be.
   *
   * @param send sends it with its number. If it throws, the message is settled with that, and the number is free again.
   * @returns whether there was anything.
   */
  next(send: (entry: Entry, n: number) => void): boolean {
    if (this.#sent >= this.#inFlight) return false;
    if (this.#sent === this.#numbered.size) {
      const queue = this.#compactions.size ? this.#compactions : this.#waiting;
      if (!queue.size) return false;
      this.#numbered.add(queue.shift());
    }
    const entry = this.#next.next().value as Entry;
    try {
      send(entry, this.#acked + ++this.#sent);
    } catch (error) {
      this.#sent--;
      this.#numbered.delete(entry);
      entry.settled(error as Error);
    }
    return true;
  }

  /** Whether a room that says so in its `hello` has this session as it was left (S1). */
  matches({ acked }: Hello): boolean {
    return acked >= this.#acked && acked <= this.#acked + this.#numbered.size;
  }

  /** A socket is open: what the room has is settled, all else will be sent, with the same numbers (S5). */
  resume({ acked, acks, limits }: Hello): void {
    this.#inFlight = limits.inFlight;
    const seqs = new Map(acks);
    // The room remembers the acks of more than are ever in flight, so that there is one for each.
    for (let n = this.#acked; n++ < acked; ) this.tell(n, seqs.get(n));
  }

  /**
   * The fate of the message `n` is known; its number counts as used, whatever it is (S4).
   *
   * @param fate 0 if the room refused it, undefined if the room has forgotten what it said.
   */
  tell(n: number, fate: Fate | undefined): void {
    if (n !== this.#acked + 1 || !this.#numbered.size) return;
    this.#acked++;
    if (this.#sent) this.#sent--;
    this.#numbered
      .shift()
      .settled((fate ?? unknown()) || new MessageRefusedError("refused", "the server refused the message"));
  }

  /** The socket was lost. */
  cut(): void {
    this.#sent = 0;
    this.#next = this.#numbered.values();
  }

  /**
   * A new session begins: what was sent in the old one has an unknown outcome (S13).
   *
   * @param all whether it is with another room: what was not sent must not reach that.
   */
  renew(all?: boolean): void {
    const unsent = all ? [...this.#compactions, ...this.#waiting] : [];
    const ended = [...this.#numbered, ...unsent];
    this.#acked = 0;
    this.#numbered.clear();
    this.cut();
    for (const entry of unsent) this.cancel(entry);
    for (const { frame, settled } of ended) {
      settled(frame ? unknown() : new NotSentError("not_sent", "went to another room: send again"));
    }
  }
}

function unknown(): Error {
  return new UnknownOutcomeError("unknown_outcome", "the session was lost: the room may have it");
}

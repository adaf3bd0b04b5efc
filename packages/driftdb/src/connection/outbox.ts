import type { Hello, SequenceNumber, SessionPush } from "driftdb-protocol";
import { MessageRefusedError, NotSentError, UnknownOutcomeError } from "../errors.js";
import type { Frame } from "../wire/web-socket.js";
import { Fifo } from "./fifo.js";

/** What became of a message: the room gave it a seq, or `error` says why it has none. */
export type Outcome =
  | { readonly seq: SequenceNumber; readonly error?: never }
  | { readonly error: Error; readonly seq?: never };

/** A message on its way out. */
export interface Entry {
  readonly message: SessionPush;
  /** The message's JSON, if the check made it already. */
  readonly text?: string | undefined;
  /** Called once, with what became of the message. */
  readonly settled: (outcome: Outcome) => void;
  /** What goes over the wire, with the message's number. Set when the message is first sent. */
  frame?: Frame;
}

/**
 * The messages that the room is not known to have: first those that were sent, numbered 1, 2, 3 … without
 * gaps (S3), then those that wait, in order. A message leaves the outbox when the server has said what became
 * of it. The server does so in order, so a message's number follows from its place.
 *
 * Compactions overtake the messages that wait: without them the room might be too full for the rest.
 */
export class Outbox {
  /** No more than may be in flight. */
  readonly #numbered: Entry[] = [];
  readonly #compactions = new Fifo<Entry>();
  readonly #waiting = new Fifo<Entry>();
  /** How many of the numbered messages, from the front, were sent on the present socket. */
  #sent = 0;
  /** The highest number with a known outcome: the first numbered message has the next one. */
  #acked = 0;
  /** How many messages may be in flight: none while there is no socket. */
  #maxInFlight = 0;

  /** How many messages the room is not known to have. */
  get pending(): number {
    return this.#numbered.length + this.#compactions.size + this.#waiting.size;
  }

  /** Queues a message. @returns what takes it back, if it was never sent: it is not settled then. */
  add(entry: Entry): () => void {
    const queue = entry.message.action.type === "compact" ? this.#compactions : this.#waiting;
    queue.add(entry);
    return () => queue.delete(entry);
  }

  /**
   * Sends what may be sent on the present socket. A message that cannot be encoded is settled with the error,
   * and its number goes to the next one.
   *
   * @param encode makes a message's frame, with its number. Called once a message.
   */
  flush(encode: (entry: Entry, n: number) => Frame, write: (frame: Frame) => void): void {
    while (this.#sent < this.#maxInFlight) {
      let entry = this.#numbered[this.#sent];
      if (!entry) {
        entry = this.#compactions.shift() ?? this.#waiting.shift();
        if (!entry) return;
        try {
          entry.frame = encode(entry, this.#acked + this.#sent + 1);
        } catch (error) {
          entry.settled({ error: error as Error });
          continue;
        }
        this.#numbered.push(entry);
      }
      this.#sent++;
      write(entry.frame as Frame);
    }
  }

  /** Whether a room that says so in its `hello` has this session as it was left (S1). */
  matches({ acked }: Hello): boolean {
    return acked >= this.#acked && acked <= this.#acked + this.#numbered.length;
  }

  /** A socket is open: settles what the room has. All else will be sent again, with the same numbers (S5). */
  resume({ acked, acks, limits }: Hello): void {
    this.#maxInFlight = limits.inFlight;
    const seqs = new Map(acks);
    // The room remembers the acks of more messages than are ever in flight, so that each has one.
    for (let n = this.#acked + 1; n <= acked; n++) this.acknowledge(n, seqs.get(n));
  }

  /**
   * The room has taken or refused the message `n`: its number is used up (S4).
   *
   * @param seq 0 for a refused message; undefined if the room does not remember what became of it.
   * @param error why the room refused it.
   */
  acknowledge(n: number, seq: SequenceNumber | undefined, error?: MessageRefusedError): void {
    if (n !== this.#acked + 1) return;
    const entry = this.#numbered.shift();
    if (!entry) return;
    this.#acked++;
    if (this.#sent) this.#sent--;
    if (seq) entry.settled({ seq });
    else entry.settled({ error: seq === undefined ? unknownOutcome() : (error ?? refused()) });
  }

  /** The socket was lost. */
  cut(): void {
    this.#sent = this.#maxInFlight = 0;
  }

  /**
   * A new session begins. Messages sent in the old one have an unknown outcome (S13).
   *
   * @param all whether the new session is with another room. Waiting messages must not go there.
   */
  renew(all?: boolean): void {
    this.#acked = 0;
    this.cut();
    const ended = this.#numbered.splice(0);
    if (all) {
      ended.push(...this.#compactions, ...this.#waiting);
      this.#compactions.clear();
      this.#waiting.clear();
    }
    for (const { frame, settled } of ended) {
      const wasSent = frame !== undefined;
      settled({
        error: wasSent ? unknownOutcome() : new NotSentError("not_sent", "went to another room: send again"),
      });
    }
  }
}

function refused(): Error {
  return new MessageRefusedError("refused", "the server refused the message");
}

function unknownOutcome(): Error {
  return new UnknownOutcomeError("unknown_outcome", "the session was lost: the room may have it");
}

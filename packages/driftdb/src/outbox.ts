import type { GetMessage, Key, PushMessage, SequenceNumber, SequenceValue } from "driftdb-protocol";
import { toJson } from "./check.js";
import type { Frame } from "./socket.js";

/** A message on its way out. */
export interface Entry {
  readonly message: PushMessage | GetMessage;
  /** As it goes over the wire. Absent when it was queued before it was known how to encode it. */
  readonly frame?: Frame | undefined;
  /** Told once, when the message's fate is known: by then its echo has come, or never will. */
  readonly settled?: (() => void) | undefined;
  /** The newest seq of the room that was known when it was sent: its own is larger. */
  after: SequenceNumber;
  /** Key and value as JSON, once they were in doubt. */
  text?: string;
}

/**
 * What is sent but not known to have arrived, then what waits to be sent, in order.
 *
 * The server answers pings in order, after what came before them on the same socket was committed and broadcast: a
 * pong confirms all of it. What was sent after the last pong is *in doubt* when the socket is lost, and holds up what
 * is behind it until the next socket has replayed the keys concerned. Whatever shows up in the replay has arrived, and
 * so has all that was sent before it; the rest is sent again. So nothing is lost.
 *
 * A message is doubled when the socket was lost after its commit and before its pong, and it and all that was sent
 * after it was replaced or compacted away before the replay; or when the network held it back for longer than the
 * reconnect took. A value in doubt that somebody else pushed meanwhile to the letter is taken for arrived: put
 * something unique into values that are pushed raw. Sessions (S3) close these gaps.
 */
export class Outbox {
  #entries: Entry[] = [];
  /** How many of them, from the front, were sent: those that the answer to a ping sent now will confirm. */
  sent = 0;
  /** How many of those, from the front, have shown up. */
  #seen = 0;
  /** Whether those sent are in doubt, and hold up the others. */
  held = false;

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** Takes a message back, if it was not sent yet. */
  cancel(entry: Entry): void {
    const index = this.#entries.indexOf(entry, this.sent);
    if (index >= 0) this.#entries.splice(index, 1);
  }

  /** What to send next, if anything. `seq` is the newest of the room that is known. */
  next(seq: SequenceNumber): Entry | undefined {
    const entry = this.held ? undefined : this.#entries[this.sent];
    if (entry) {
      entry.after = seq;
      this.sent++;
    }
    return entry;
  }

  /** The oldest `count` messages have arrived. */
  confirm(count: number): void {
    this.sent -= count;
    for (const { settled } of this.#entries.splice(0, count)) settled?.();
  }

  /** The socket was lost. */
  cut(): void {
    this.held = this.sent > 0;
  }

  /** The keys with messages in doubt, and the seqs after which these would be. */
  doubts(): Map<Key, SequenceNumber> {
    const doubts = this.#entries.slice(0, this.sent).reverse();
    // Of several with the same key the last counts: the first one sent.
    return new Map(doubts.map(({ message, after }) => [message.key, after]));
  }

  /** The room has this message: it may be one of those in doubt. */
  see(key: Key, { value, seq }: SequenceValue): void {
    if (!this.held) return;
    const text = toJson([key, value]);
    const doubts = this.#entries.slice(this.#seen, this.sent);
    this.#seen += 1 + doubts.findIndex((entry) => seq > entry.after && textOf(entry) === text);
  }

  /** All was seen that can be. What of the messages in doubt was not, is sent again. */
  resolve(): void {
    this.sent = this.#seen;
    this.#seen = 0;
    this.held = false;
    this.confirm(this.sent);
  }

  /** Forgets all: what was meant for one room must not reach another. */
  clear(): void {
    this.#seen = this.#entries.length;
    this.resolve();
  }
}

function textOf(entry: Entry): string {
  const { key, value } = entry.message as PushMessage;
  entry.text ??= toJson([key, value]);
  return entry.text;
}

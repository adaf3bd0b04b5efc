import { GRACE_MS, type Held, type Hello } from "driftdb-protocol";
import type { ChangedHolds, HoldsMessage } from "../connection/listener.js";

/** Who holds what for one key, as the room has said (S9). It sends nothing, and has no timer. */
export class Roster {
  /** By the sessions' public names. */
  readonly entries = new Map<string, Held>();
  /** The names of entries from another term: they stay until they say so again, or `expire()`. */
  readonly stale = new Set<string>();
  /** What the room said first on this connection, or on the last one. */
  hello = {} as Hello;
  /** The term of the other entries (S1). */
  term = "";
  /** Whether the room has said on this connection what this session holds. */
  isSure = false;
  /** Whether the room has said on this connection who holds what, and nothing is missing. */
  #isComplete = false;
  /**
   * The seq of what the room holds for this session; 0 for nothing. Its entry may be gone before the room
   * says so.
   */
  #ownSeq = 0;
  /** When the connection was lost, in milliseconds; 0 while there is one. */
  #lostAt = 0;

  /**
   * The connection was lost, or there is one again: what was missed is unknown.
   *
   * @param hello what the room says first; undefined without a connection.
   * @param now in milliseconds.
   */
  reconnect(hello: Hello | undefined, now: number): void {
    this.isSure = this.#isComplete = false;
    if (!hello) {
      this.#lostAt ||= now;
      return;
    }
    this.hello = hello;
    // The session has ended, and with it what it held: the same server says so, or it was away for too long.
    const hasEnded = this.term === hello.term || now - this.#lostAt > GRACE_MS;
    if (!hello.resumed && hasEnded) this.entries.delete(hello.you);
    this.#lostAt = 0;
  }

  /** The connection goes to another room, or nobody looks any more. */
  clear(): void {
    this.#isComplete = false;
    this.term = "";
    this.stale.clear();
    this.entries.clear();
  }

  /** Takes what the room says. @returns whether to ask for all again, since something is missing. */
  take(message: HoldsMessage): boolean {
    if (this.term !== this.hello.term) {
      this.term = this.hello.term;
      this.#ownSeq = 0;
      for (const from of this.entries.keys()) this.stale.add(from);
    }
    switch (message.type) {
      case "holds":
        return this.#takeChanged(message);
      case "init":
        this.#isComplete = true;
        for (const from of this.entries.keys()) if (!this.stale.has(from)) this.entries.delete(from);
        for (const held of message.held ?? []) this.#set(held.from, held);
        break;
      case "push":
        this.#set(message.from as string, message as Held);
        break;
      case "release":
        this.#set(message.from, undefined);
    }
    return false;
  }

  /** Sessions that have not said again in this term that they are here are gone. */
  expire(): void {
    for (const from of this.stale) this.#set(from, undefined);
  }

  /** Each changed hold says how far back the hold before it of the same session is (D23). */
  #takeChanged({ holds, pushes }: ChangedHolds): boolean {
    const names = new Map([[this.#ownSeq, this.hello.you]]);
    for (const [from, { seq }] of this.entries) if (!this.stale.has(from)) names.set(seq, from);
    const wasComplete = this.#isComplete;
    pushes.forEach((push, i) => {
      const from = names.get(push.seq - (holds[2 * i] as number));
      if (from) {
        push.from = from;
        names.set(push.seq, from);
        this.#set(from, push as Held);
      } else {
        this.#isComplete = false;
      }
    });
    return wasComplete && !this.#isComplete;
  }

  #set(from: string, held: Held | undefined): void {
    this.stale.delete(from);
    if (from === this.hello.you) {
      this.isSure = true;
      this.#ownSeq = held?.seq ?? 0;
    }
    if (held) this.entries.set(from, held);
    else this.entries.delete(from);
  }
}

import { GRACE_MS, type Held, type Hello } from "driftdb-protocol";
import type { ChangedHolds, HoldsMessage } from "../connection/listener.js";

/**
 * The holds of all sessions on one key, as the room reports them (S9). It sends nothing, and has no timer.
 */
export class Roster {
  /** By the sessions' public names. */
  readonly entries = new Map<string, Held>();
  /** The names of entries from an earlier term: they stay until the room names them again, or `expire()`. */
  readonly stale = new Set<string>();
  /** The room's hello on this connection, or on the last one. */
  hello = {} as Hello;
  /** The term of the other entries (S1). */
  term = "";
  /** Whether the room has named this session's own hold on this connection. */
  isSure = false;
  /** Whether the room has sent all holds on this connection, and none is missing. */
  #isComplete = false;
  /**
   * The seq of this session's hold; 0 without one. The entry may disappear before the room confirms the
   * release.
   */
  #ownSeq = 0;
  /** When the connection was lost, in milliseconds; 0 while there is one. */
  #lostAt = 0;

  /**
   * The connection was lost or made again. The client may have missed holds and releases.
   *
   * @param hello the room's hello; undefined without a connection.
   * @param now in milliseconds.
   */
  reconnect(hello: Hello | undefined, now: number): void {
    this.isSure = this.#isComplete = false;
    if (!hello) {
      this.#lostAt ||= now;
      return;
    }
    this.hello = hello;
    // The session and its hold have ended: the same server says so, or the client was away for too long.
    const hasEnded = this.term === hello.term || now - this.#lostAt > GRACE_MS;
    if (!hello.resumed && hasEnded) this.entries.delete(hello.you);
    this.#lostAt = 0;
  }

  /** The connection goes to another room, or the last member has left. */
  clear(): void {
    this.#isComplete = false;
    this.term = "";
    this.stale.clear();
    this.entries.clear();
  }

  /** Applies a message of the room. @returns whether to ask for all holds again, since one is missing. */
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

  /** Removes the sessions that the room has not named again in this term. */
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

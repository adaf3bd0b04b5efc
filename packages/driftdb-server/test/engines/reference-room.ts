import { isDeepStrictEqual } from "node:util";
import type { Action } from "driftdb-protocol";

interface Message {
  seq: number;
  value: unknown;
  snapshot?: true;
}

interface Held {
  key: string;
  from: string;
  value: unknown;
  seq: number;
}

interface Answer {
  /** The message's seq. 0 if it was refused, or is out of step. */
  seq: number;
  size: number;
  broadcast?: true;
  prev?: number | undefined;
  compacted?: true;
  outOfStep?: true;
  again?: true;
}

/** The index of the connection that acts for a session, and when the session ends. */
interface Attending {
  connection: number;
  ends: number | undefined;
}

/** Milliseconds that a session lasts without a connection, by close code (S9). Others: 15 s. */
const GRACE_MS: Record<number, number> = { 1000: 0, 4009: 0, 1001: 2_000 };

/** A slow and simple version of M1–M4, S3 and S6–S10, with which the tests compare every engine. */
export class ReferenceRoom {
  head = 0;
  readonly streams = new Map<string, Message[]>();
  readonly sessions = new Map<string, number[]>();
  /** The holds, each session's key once. */
  held: Held[] = [];
  attending = new Map<string, Attending>();
  /** The indexes of connections that were taken over. */
  takenOver = new Set<number>();

  push(key: string, value: unknown, action: Action, sender: { cid: string; n: number } | null): Answer {
    if (!sender) return this.#apply(key, value, action);
    return this.#once(sender, () => this.#apply(key, value, action));
  }

  /** Handles a message that breaks a rule (S4). */
  refuse(sender: { cid: string; n: number }): Answer {
    return this.#once(sender, () => ({ seq: 0, size: 0 }));
  }

  #once({ cid, n }: { cid: string; n: number }, apply: () => Answer): Answer {
    const seqs = this.sessions.get(cid) ?? [];
    const first = seqs[n - 1];
    if (first !== undefined) return { seq: first, size: 0, again: true };
    if (n > seqs.length + 1) return { seq: 0, size: 0, outOfStep: true };
    const answer = apply();
    this.sessions.set(cid, [...seqs, answer.seq]);
    return answer;
  }

  #apply(key: string, value: unknown, action: Action): Answer {
    const stream = this.get(key, 0);
    if (action.type === "compact") {
      const { seq, last } = action;
      const first = stream[0];
      const swallowed = stream.filter((message) => message.seq <= seq);
      const applied =
        first &&
        seq >= 1 &&
        seq <= this.head &&
        seq >= first.seq &&
        !(first.snapshot && first.seq === seq) &&
        (last === undefined || swallowed.at(-1)?.seq === last);
      if (applied) this.streams.set(key, [{ seq, value, snapshot: true }, ...this.get(key, seq)]);
      return { seq, size: this.get(key, 0).length, ...(applied && { compacted: true }) };
    }
    const message = { seq: ++this.head, value };
    if (action.type === "append") this.streams.set(key, [...stream, message]);
    if (action.type === "replace") this.streams.set(key, [message]);
    return {
      seq: message.seq,
      size: this.get(key, 0).length,
      broadcast: true,
      prev: stream.at(-1)?.seq ?? 0,
    };
  }

  get(key: string, seq: number): Message[] {
    return (this.streams.get(key) ?? []).filter((message) => message.seq > seq);
  }

  resume(key: string, seq: number, sameEpoch: boolean): { reset: boolean; data: Message[] } {
    const first = this.get(key, 0)[0];
    const reset = seq > 0 && (!sameEpoch || !first || first.seq > seq);
    return { reset, data: this.get(key, reset ? 0 : seq) };
  }

  /**
   * @returns the seq of the hold, and of the one that it replaces. `undefined` if it changes nothing (D19).
   */
  hold(from: string, key: string, value: unknown): { seq: number; was: number | undefined } | undefined {
    const before = this.held.find((hold) => hold.from === from && hold.key === key);
    if (before && isDeepStrictEqual(before.value, value)) return undefined;
    const seq = ++this.head;
    const was = before?.seq;
    if (before) Object.assign(before, { value, seq });
    else this.held.push({ key, from, value, seq });
    return { seq, was };
  }

  /**
   * Releases a session's hold of a key, or all of its holds, in the order of their seqs. @returns the keys,
   * and the seqs of the releases.
   */
  release(from: string, key: string | null): [key: string, seq: number][] {
    const mine = (hold: Held) => hold.from === from && (key === null || hold.key === key);
    const holds = this.held.filter(mine).sort((a, b) => a.seq - b.seq);
    const releases = holds.map(({ key }): [string, number] => [key, ++this.head]);
    this.held = this.held.filter((hold) => !mine(hold));
    return releases;
  }

  heldFor(key: string): Omit<Held, "key">[] {
    return this.held
      .filter((hold) => hold.key === key)
      .map(({ from, value, seq }) => ({ from, value, seq }))
      .sort((a, b) => a.seq - b.seq);
  }

  acked(cid: string): number {
    return this.sessions.get(cid)?.length ?? 0;
  }

  acks(cid: string): [number, number][] {
    return (this.sessions.get(cid) ?? []).map((seq, i) => [i + 1, seq]);
  }

  /** Makes a connection act for a session. @returns the connection whose session it takes over (S10). */
  join(cid: string, connection: number): number | undefined {
    const before = this.attending.get(cid);
    if (before) this.takenOver.add(before.connection);
    this.attending.set(cid, { connection, ends: undefined });
    return before && before.ends === undefined ? before.connection : undefined;
  }

  /** Handles the close of a connection. @returns the keys and seqs of immediate releases (S9). */
  leave(cid: string, connection: number, code: number, now: number): [key: string, seq: number][] {
    const attending = this.attending.get(cid);
    if (attending?.connection !== connection || attending.ends !== undefined) return [];
    attending.ends = now + (GRACE_MS[code] ?? 15_000);
    // Sessions that end at the same time end in the order of their connections' closes.
    this.attending.delete(cid);
    this.attending.set(cid, attending);
    return attending.ends > now ? [] : this.#end(cid);
  }

  /** Whether the room applies a connection's requests (S10). */
  counts(cid: string, connection: number): boolean {
    if (this.takenOver.has(connection)) return false;
    return (this.attending.get(cid)?.connection ?? connection) === connection;
  }

  /** Whether a connection may hold values (S9). */
  isHere(cid: string, connection: number): boolean {
    const attending = this.attending.get(cid);
    return attending?.connection === connection && attending.ends === undefined;
  }

  /** Ends the sessions whose time is over. @returns the releases, in the order of the ends. */
  end(now: number): [cid: string, key: string, seq: number][] {
    const over = [...this.attending].filter(([, { ends }]) => ends !== undefined && ends <= now);
    over.sort(([, a], [, b]) => (a.ends as number) - (b.ends as number));
    return over.flatMap(([cid]) =>
      this.#end(cid).map(([key, seq]): [string, string, number] => [cid, key, seq]),
    );
  }

  #end(cid: string): [key: string, seq: number][] {
    this.attending.delete(cid);
    return this.release(cid, null);
  }
}

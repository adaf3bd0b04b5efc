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
  /** The seq it has; 0 if it was refused, or is out of step. */
  seq: number;
  size: number;
  broadcast?: true;
  prev?: number | undefined;
  outOfStep?: true;
  again?: true;
}

/** M1–M4, S3, S6–S9 without a thought for speed: what every engine is compared with. */
export class ReferenceRoom {
  head = 0;
  readonly streams = new Map<string, Message[]>();
  readonly sessions = new Map<string, number[]>();
  /** What is held, in the order in which the sessions began to hold it. */
  held: Held[] = [];

  push(key: string, value: unknown, action: Action, sender: { cid: string; n: number } | null): Answer {
    if (!sender) return this.#apply(key, value, action);
    return this.#once(sender, () => this.#apply(key, value, action));
  }

  /** A message that breaks a rule (S4). */
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
      return { seq, size: this.get(key, 0).length };
    }
    const message = { seq: ++this.head, value };
    if (action.type === "append") this.streams.set(key, [...stream, message]);
    if (action.type === "replace") this.streams.set(key, [message]);
    const prev = action.type === "relay" ? undefined : (stream.at(-1)?.seq ?? 0);
    return { seq: message.seq, size: this.get(key, 0).length, broadcast: true, prev };
  }

  get(key: string, seq: number): Message[] {
    return (this.streams.get(key) ?? []).filter((message) => message.seq > seq);
  }

  resume(key: string, seq: number, sameEpoch: boolean): { reset: boolean; data: Message[] } {
    const first = this.get(key, 0)[0];
    const reset = seq > 0 && (!sameEpoch || !first || first.seq > seq);
    return { reset, data: this.get(key, reset ? 0 : seq) };
  }

  /** The seq of the hold, if it is news (D19), and of the session's hold before. */
  hold(from: string, key: string, value: unknown): { seq: number; was: number | undefined } | undefined {
    const before = this.held.find((hold) => hold.from === from && hold.key === key);
    if (before && isDeepStrictEqual(before.value, value)) return undefined;
    const seq = ++this.head;
    const was = before?.seq;
    if (before) Object.assign(before, { value, seq });
    else this.held.push({ key, from, value, seq });
    return { seq, was };
  }

  /** Lets go of a key, or of all, and answers with the keys and seqs of what was held. */
  release(from: string, key: string | null): [key: string, seq: number][] {
    const mine = (hold: Held) => hold.from === from && (key === null || hold.key === key);
    const releases = this.held.filter(mine).map(({ key }): [string, number] => [key, ++this.head]);
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
}

import type { Action } from "driftdb-protocol";

interface Message {
  seq: number;
  value: unknown;
  snapshot?: true;
}

/** M1–M4 in twenty lines, without a thought for speed: what every engine is compared with. */
export class ReferenceRoom {
  head = 0;
  readonly streams = new Map<string, Message[]>();

  /** Answers the seq to broadcast, if any, and how many messages the key then retains. */
  push(key: string, value: unknown, action: Action): { seq?: number; size: number } {
    const stream = this.get(key, 0);
    if (action.type === "compact") {
      const { seq } = action;
      const first = stream[0];
      const applied =
        first && seq >= 1 && seq <= this.head && seq >= first.seq && !(first.snapshot && first.seq === seq);
      if (applied) this.streams.set(key, [{ seq, value, snapshot: true }, ...this.get(key, seq)]);
      return { size: this.get(key, 0).length };
    }
    const message = { seq: ++this.head, value };
    if (action.type === "append") this.streams.set(key, [...stream, message]);
    if (action.type === "replace") this.streams.set(key, [message]);
    return { seq: message.seq, size: this.get(key, 0).length };
  }

  get(key: string, seq: number): Message[] {
    return (this.streams.get(key) ?? []).filter((message) => message.seq > seq);
  }
}

import type { SessionMessageFromDb } from "driftdb-protocol";
import type { Term } from "./hold-ledger.js";

/** What a session holds, and since when. */
interface HeldEntry {
  readonly value: unknown;
  readonly seq: number;
}

/** By the session's public name. */
export type HeldEntries = Map<string, HeldEntry>;

/** What a client was given of who holds what for a key, read anew from the frames (S9, D23). */
export class GivenHolds {
  term: Term | undefined;
  /** Since when it is this term. */
  since = 0;
  /** Whether it was given an init since it takes part. */
  begun = false;
  /** What is held, by all that it was given in this term, and who was heard of in it. */
  readonly held: HeldEntries = new Map();
  readonly heard = new Set<string>();
  /** Whether its own session holds something, as this connection has it. */
  sure = false;
  /** What it saw at the last look, and as which version. */
  seen: HeldEntries = new Map();
  version = 0;
  /** Its own session's name. */
  #you = "";

  /** What comes is of this term, and for the session of this name. */
  begin(term: Term | undefined, you: string, now: number): void {
    this.#you = you;
    if (this.term === term) return;
    this.term = term;
    this.since = now;
    this.held.clear();
    this.heard.clear();
  }

  /** Takes a frame of the key. */
  take(message: SessionMessageFromDb): void {
    const { held, heard } = this;
    if (message.type === "init") {
      this.begun = true;
      held.clear();
      for (const { from, value, seq } of message.held ?? []) held.set(from, { value, seq });
      for (const from of held.keys()) heard.add(from);
      this.sure = held.has(this.#you);
    } else if (message.type === "holds") {
      const { holds } = message;
      for (let i = 0; i < holds.length; i += 2) {
        const seq = message.seq + i / 2;
        const was = seq - (holds[i] as number);
        const [from] = [...held].find(([, hold]) => hold.seq === was) ?? [];
        // One that it does not know by that comes with the init (D23).
        if (from !== undefined) this.#hears(from, { value: holds[i + 1], seq });
      }
    } else if (message.type === "push") {
      const { from = "", value, seq } = message;
      this.#hears(from, { value, seq });
    } else if (message.type === "release") this.#hears(message.from, undefined);
  }

  /** It is told what a session holds, or without a hold that it holds nothing. */
  #hears(from: string, hold: HeldEntry | undefined): void {
    this.heard.add(from);
    if (from === this.#you) this.sure = hold !== undefined;
    if (hold) this.held.set(from, hold);
    else this.held.delete(from);
  }
}

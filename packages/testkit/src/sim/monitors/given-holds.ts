import type { SessionMessageFromDb } from "driftdb-protocol";
import type { Term } from "./hold-ledger.js";

/** The hold of a session, and its seq. */
interface HeldEntry {
  readonly value: unknown;
  readonly seq: number;
}

/** Holds by the public name of their session. */
export type HeldEntries = Map<string, HeldEntry>;

/** The holds of a key that a client received, read from its frames independently of the client (S9, D23). */
export class GivenHolds {
  term: Term | undefined;
  /** The time at which the term began. */
  since = 0;
  /** Whether the client received an init since it takes part. */
  begun = false;
  /** The holds of this term, and all sessions that this term has mentioned. */
  readonly held: HeldEntries = new Map();
  readonly heard = new Set<string>();
  /** Whether this connection confirmed a hold of the own session. */
  sure = false;
  /** The view of the client at the last check. */
  seen: HeldEntries = new Map();
  /** The public name of the own session. */
  #you = "";

  /** The next frames belong to this term, and to the session with this name. */
  begin(term: Term | undefined, you: string, now: number): void {
    this.#you = you;
    if (this.term === term) return;
    this.term = term;
    this.since = now;
    this.held.clear();
    this.heard.clear();
  }

  /** Applies a frame of the key. */
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
        // The init brings sessions that the client does not know yet (D23).
        if (from !== undefined) this.#hears(from, { value: holds[i + 1], seq });
      }
    } else if (message.type === "push") {
      const { from = "", value, seq } = message;
      this.#hears(from, { value, seq });
    } else if (message.type === "release") this.#hears(message.from, undefined);
  }

  /** Notes the hold of a session, or without a hold its release. */
  #hears(from: string, hold: HeldEntry | undefined): void {
    this.heard.add(from);
    if (from === this.#you) this.sure = hold !== undefined;
    if (hold) this.held.set(from, hold);
    else this.held.delete(from);
  }
}

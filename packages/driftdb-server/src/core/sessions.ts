import { Session, type SessionDraft } from "./session.js";

/** How many sessions a room remembers (S3). */
const REMEMBERED = 10_000;

/** The sessions of a room, by the clients' secret ids. The room remembers those that were used last. */
export class Sessions {
  /** From the one that was used longest ago to the newest. */
  readonly #sessions = new Map<string, Session>();
  #newest: string | undefined;

  get(cid: string): Session | undefined {
    return this.#sessions.get(cid);
  }

  /** Puts a session last. */
  use(cid: string, session: Session): void {
    // A client's messages come in bunches.
    if (cid === this.#newest) return;
    this.#newest = cid;
    this.#sessions.delete(cid);
    this.#sessions.set(cid, session);
  }

  /** The sessions that a turn makes the room forget, from the one that was used longest ago. */
  forgottenFor(drafts: ReadonlyMap<string, SessionDraft>): string[] {
    // Most turns are far from it.
    if (this.#sessions.size + drafts.size <= REMEMBERED) return [];
    let excess = this.#sessions.size - REMEMBERED;
    for (const cid of drafts.keys()) if (!this.#sessions.has(cid)) excess++;
    const forgotten: string[] = [];
    for (const cid of this.#sessions.keys()) {
      if (forgotten.length >= excess) return forgotten;
      if (!drafts.has(cid)) forgotten.push(cid);
    }
    return forgotten;
  }

  /** Takes over what a turn has changed. */
  land(drafts: ReadonlyMap<string, SessionDraft>, forgotten: readonly string[]): void {
    for (const [cid, draft] of drafts) {
      const session = this.#sessions.get(cid) ?? new Session();
      draft.land(session);
      this.use(cid, session);
    }
    for (const cid of forgotten) this.#sessions.delete(cid);
  }
}

import { Session, type SessionDraft } from "./session.js";

/** Sessions that a room remembers (S3). */
const MAX_SESSIONS = 10_000;

/** The sessions of a room, by the clients' secret ids. The room forgets the least recently used ones. */
export class Sessions {
  /** From the least to the most recently used. */
  readonly #sessions = new Map<string, Session>();
  #newest: string | undefined;

  get(cid: string): Session | undefined {
    return this.#sessions.get(cid);
  }

  /** Makes a session the most recently used one. */
  use(cid: string, session: Session): void {
    // Most messages come from the same session as the one before.
    if (cid === this.#newest) return;
    this.#newest = cid;
    this.#sessions.delete(cid);
    this.#sessions.set(cid, session);
  }

  /** The sessions that the room forgets for a turn, from the least recently used one. */
  forgottenFor(drafts: ReadonlyMap<string, SessionDraft>): string[] {
    if (this.#sessions.size + drafts.size <= MAX_SESSIONS) return [];
    let excess = this.#sessions.size - MAX_SESSIONS;
    for (const cid of drafts.keys()) if (!this.#sessions.has(cid)) excess++;
    const forgotten: string[] = [];
    for (const cid of this.#sessions.keys()) {
      if (forgotten.length >= excess) return forgotten;
      if (!drafts.has(cid)) forgotten.push(cid);
    }
    return forgotten;
  }

  /** Applies the changes of a turn. */
  land(drafts: ReadonlyMap<string, SessionDraft>, forgotten: readonly string[]): void {
    for (const [cid, draft] of drafts) {
      const session = this.#sessions.get(cid) ?? new Session();
      draft.land(session);
      this.use(cid, session);
    }
    for (const cid of forgotten) this.#sessions.delete(cid);
  }
}

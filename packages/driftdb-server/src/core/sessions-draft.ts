import { Session, type SessionDraft, type SessionRecord } from "./session.js";
import type { Sessions } from "./sessions.js";

/** Stands for each session that the room does not know. It never changes. */
const NEW_SESSION = new Session();

/** A room's sessions with the messages of one turn. The sessions themselves do not change until `land`. */
export class SessionsDraft {
  readonly #base: Sessions;
  /** The sessions whose messages the turn records. */
  readonly #drafts = new Map<string, SessionDraft>();
  /** The sessions that the room forgets for them. */
  #forgotten: readonly string[] = [];

  constructor(base: Sessions) {
    this.#base = base;
  }

  /** Whether the turn records any message. */
  get hasChanges(): boolean {
    return this.#drafts.size > 0;
  }

  /** The record of a session, with the turn's messages. */
  get(cid: string): SessionRecord {
    return this.#drafts.get(cid) ?? this.#base.get(cid) ?? NEW_SESSION;
  }

  /**
   * The draft of a session. If `n` is its next message, the turn has to record it.
   *
   * @param n the number of a message (S3).
   */
  draftFor(cid: string, n: number): SessionDraft {
    const known = this.#drafts.get(cid);
    if (known) return known;
    const draft = (this.#base.get(cid) ?? NEW_SESSION).draft();
    if (n === draft.acked + 1) this.#drafts.set(cid, draft);
    return draft;
  }

  /** The changed records by cid, and `null` for each session that the room forgets (S3). */
  changes(): ReadonlyMap<string, SessionRecord | null> {
    this.#forgotten = this.#base.forgottenFor(this.#drafts);
    if (this.#forgotten.length === 0) return this.#drafts;
    const changes = new Map<string, SessionRecord | null>(this.#drafts);
    for (const cid of this.#forgotten) changes.set(cid, null);
    return changes;
  }

  /** Makes the changes in the room's sessions. Call `changes` before. */
  land(): void {
    this.#base.land(this.#drafts, this.#forgotten);
  }
}

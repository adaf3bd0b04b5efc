import type { Session } from "./session.js";

/** How many sessions a room remembers (S3). */
const REMEMBERED = 10_000;

/** The sessions of a room, by the clients' secret ids; those that were used last are kept. */
export class Sessions {
  /** From the one that was used longest ago to the newest. */
  readonly #sessions = new Map<string, Session>();
  #newest: string | undefined;

  get(cid: string): Session | undefined {
    return this.#sessions.get(cid);
  }

  /** Puts a session last, and answers the one that is forgotten for it, if any. */
  use(cid: string, session: Session): string | undefined {
    // A client's messages come in bunches.
    if (cid === this.#newest) return undefined;
    this.#newest = cid;
    this.#sessions.delete(cid);
    this.#sessions.set(cid, session);
    if (this.#sessions.size <= REMEMBERED) return undefined;
    const [oldest] = this.#sessions.keys();
    this.#sessions.delete(oldest as string);
    return oldest;
  }
}

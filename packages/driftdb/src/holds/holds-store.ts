import type { DbConnection } from "../connection/db-connection.js";
import { LazyStore } from "../stores/lazy-store.js";
import type { Holders, Member } from "./holders.js";

/** A store that shows what is held for a key: PresenceListener and Lock. */
export abstract class HoldsStore<T, H extends Holders = Holders> extends LazyStore<T> {
  declare protected readonly held: H;
  /** There while this follows the room. */
  protected member: Member | undefined;
  /** What the view was made of. */
  #version = 0;
  #wasConnected = false;

  constructor(db: DbConnection, held: H, view: T, callback?: (view: T) => void) {
    super(db, view, callback);
    this.held = held;
  }

  /** Sets what this holds. */
  protected abstract claim(): void;

  /** Makes the view. @param was the view before, to be returned if nothing of it has changed. */
  protected abstract view(was: T): T;

  protected start(): () => void {
    this.member = this.held.join(() => this.refresh());
    this.claim();
    return () => {
      this.member?.leave();
      this.member = undefined;
    };
  }

  protected override refresh(): void {
    const { version } = this.held;
    // The connection may have ended, and `held` may not have heard of it yet.
    const { connected } = this.db.status;
    if (version === this.#version && connected === this.#wasConnected) return;
    this.#version = version;
    this.#wasConnected = connected;
    this.show(this.view(this.shown));
  }
}

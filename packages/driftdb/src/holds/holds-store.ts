import type { DbConnection } from "../connection/db-connection.js";
import { LazyStore } from "../stores/lazy-store.js";
import type { Holders, Member } from "./key-holds.js";

/** Common to PresenceListener and Lock: a view of what is held for one key. */
export abstract class HoldsStore<T, H extends Holders = Holders> extends LazyStore<T> {
  declare protected readonly held: H;
  /** There while it is followed. */
  protected member: Member | undefined;
  #seen = 0;

  constructor(db: DbConnection, held: H, view: T, callback?: (view: T) => void) {
    super(db, view, callback);
    this.held = held;
  }

  /** Says what it holds. */
  protected abstract claim(): void;

  /** @param was the view before, which is to be returned where nothing of it has changed. */
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
    // Others may hear of the connection's end before the held key does.
    const seen = this.db.status.connected ? this.held.version : -this.held.version;
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.show(this.view(this.shown));
  }
}

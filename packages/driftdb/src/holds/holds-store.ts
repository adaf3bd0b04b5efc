import type { DbConnection } from "../connection/db-connection.js";
import { LazyStore } from "../stores/lazy-store.js";
import type { Holders, Member } from "./holders.js";

/** A store of the holds on a key: PresenceListener and Lock. */
export abstract class HoldsStore<T> extends LazyStore<T> {
  /** @internal */
  declare protected readonly held: Holders;
  /** Set while this store follows the room. @internal */
  protected member: Member | undefined;

  /** @internal */
  constructor(db: DbConnection, held: Holders, view: T, callback?: (view: T) => void) {
    super(db, view, callback);
    this.held = held;
  }

  /** Sets the value that this store holds. @internal */
  protected abstract claim(): void;

  /** Returns the view, or the earlier one if nothing has changed. @internal */
  protected abstract view(was: T): T;

  /** @internal */
  protected start(): () => void {
    this.member = this.held.join(() => this.refresh());
    this.claim();
    return () => {
      this.member?.leave();
      this.member = undefined;
    };
  }

  /** @internal */
  protected override refresh(): void {
    this.show(this.view(this.shown));
  }
}

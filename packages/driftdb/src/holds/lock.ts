import type { Held, Key, SequenceNumber } from "driftdb-protocol";
import { uniqueClientId } from "../client-id.js";
import type { DbConnection } from "../connection/db-connection.js";
import { HoldsStore } from "./holds-store.js";
import { type KeyHolds, keyHolds } from "./key-holds.js";

/** Who has a lock. */
export interface LockStatus {
  /** Whether this client has it. Never without a connection. */
  readonly held: boolean;
  /** Whether this client has asked for it, and others are before it. */
  readonly waiting: boolean;
  /** The client that has it; null if nobody has, or nobody knows yet. */
  readonly holder: string | null;
}

/** What a claim is on the wire: a hold of this (S9). */
interface Claim {
  client: string;
  /** The seq of the first hold, by which claims are in order, whatever happens to the server. */
  since?: SequenceNumber;
}

/**
 * What one client of a room has at a time: those who ask for it have it in the order in which they asked. It passes on
 * when its holder releases it, disconnects, or is gone; one that reconnects keeps it, and does not have it meanwhile.
 *
 * A client whose line is cut learns of it after up to 28 s (S11), and the room may pass the lock on after 15 s: what must
 * never happen twice, not even then, is for the room's order to decide, as a reducer's
 * action. One that was away for longer asks anew.
 */
export class Lock extends HoldsStore<LockStatus, KeyHolds> {
  readonly #client: string;
  #wanted: boolean;

  /**
   * @param options.key names the lock within the room.
   * @param options.clientId who asks. Default `uniqueClientId()`.
   * @param options.callback called after each change.
   * @param options.acquire whether it is asked for as soon as somebody subscribes. Default false.
   */
  constructor(options: {
    db: DbConnection;
    key: Key;
    clientId?: string | undefined;
    callback?: ((status: LockStatus) => void) | undefined;
    acquire?: boolean | undefined;
  }) {
    super(
      options.db,
      keyHolds(options.db, `__lock:${options.key}`),
      { held: false, waiting: false, holder: null },
      options.callback,
    );
    this.#client = options.clientId ?? uniqueClientId();
    this.#wanted = !!options.acquire;
  }

  /**
   * Asks for it, as long as somebody subscribes: it is had at once if it is free, and else when those who asked before
   * have let go.
   */
  readonly acquire = (): void => {
    this.#wanted = true;
    this.claim();
  };

  /** Lets go of it, or does not wait for it any more. */
  readonly release = (): void => {
    this.#wanted = false;
    this.member?.set(undefined);
  };

  protected view(was: LockStatus): LockStatus {
    const { roster, wanted } = this.held;
    const { entries, isSure, hello } = roster;
    let first: Held | undefined;
    for (const held of entries.values()) {
      if (typeof claimOf(held).client === "string" && (!first || since(held) < since(first))) first = held;
    }
    const own = entries.get(hello.you);
    // It counts what the room says on this connection, unless it was released meanwhile.
    const held = this.db.status.connected && isSure && !!wanted && !!first && first === own;
    const waiting = !!own && first !== own;
    const holder = first ? claimOf(first).client : null;
    const same = held === was.held && waiting === was.waiting && holder === was.holder;
    return same ? was : { held, waiting, holder };
  }

  protected claim(): void {
    if (!this.#wanted) return;
    const own = this.held.entries.get(this.db.hello.you);
    this.member?.set({ client: this.#client, ...(own && { since: since(own) }) } satisfies Claim);
  }

  protected override refresh(): void {
    super.refresh();
    const own = this.held.entries.get(this.db.hello.you);
    // Once the room has the claim, it says since when: a server that loses it is told so. What was released since then, and
    // comes back late, says so already.
    if (!own || !claimOf(own).since) this.claim();
  }
}

function claimOf({ value }: Held): Claim {
  return Object(value) as Claim;
}

function since(held: Held): SequenceNumber {
  const claim = claimOf(held);
  return typeof claim.since === "number" ? claim.since : held.seq;
}

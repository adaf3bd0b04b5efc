import type { Held, Key, SequenceNumber } from "driftdb-protocol";
import { uniqueClientId } from "../client-id.js";
import type { DbConnection } from "../connection/db-connection.js";
import { HoldsStore } from "./holds-store.js";
import { type KeyHolds, keyHolds } from "./key-holds.js";

/** Who has a lock. */
export interface LockStatus {
  /** Whether this client has it. Never without a connection. */
  readonly held: boolean;
  /** Whether this client has asked for it, and waits for others. */
  readonly waiting: boolean;
  /** The client that has it; null if no client has it, or it is not known yet. */
  readonly holder: string | null;
}

/** A claim on the wire: a hold of this (S9). */
interface Claim {
  client: string;
  /** The seq of the client's first hold. It orders the claims, even after the server has lost the holds. */
  since?: SequenceNumber;
}

/**
 * A lock that one client of a room has at a time. Clients have it in the order in which they asked for it. It
 * passes on when its holder releases it, disconnects, or is gone. A holder that reconnects within 15 s keeps
 * it, and does not have it in the meantime; one that was away for longer asks again.
 *
 * A client whose line is cut notices that after up to 28 s (S11), and the room may pass the lock on after 15
 * s. Let the room's order decide, as with a reducer's action, where something must never happen twice.
 *
 * @example
 * const host = new Lock({ db, key: "host", acquire: true });
 * const undo = host.subscribe(({ held }) => setHost(held));
 */
export class Lock extends HoldsStore<LockStatus> {
  /** @internal */
  declare protected readonly held: KeyHolds;
  readonly #client: string;
  #wanted: boolean;

  /**
   * @param options.key names the lock within the room.
   * @param options.clientId the client that asks for it. Default `uniqueClientId()`.
   * @param options.callback called after each change.
   * @param options.acquire whether to ask for it with the first subscription. Default false.
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
   * Asks for the lock, for as long as this has subscribers. If the lock is free, the client has it as soon as
   * the room has answered; else when the clients that asked before have released it.
   */
  readonly acquire = (): void => {
    this.#wanted = true;
    this.claim();
  };

  /** Releases the lock, or stops waiting for it. */
  readonly release = (): void => {
    this.#wanted = false;
    this.member?.set(undefined);
  };

  /** @internal */
  protected view(was: LockStatus): LockStatus {
    const { entries, own, roster, wanted } = this.held;
    let first: Held | undefined;
    for (const held of entries.values()) {
      if (typeof claimOf(held).client === "string" && (!first || since(held) < since(first))) first = held;
    }
    // The room's word on this connection counts, unless the client has released the lock since.
    const held = this.db.status.connected && roster.isSure && !!wanted && !!first && first === own;
    const waiting = !!own && first !== own;
    const holder = first ? claimOf(first).client : null;
    const same = held === was.held && waiting === was.waiting && holder === was.holder;
    return same ? was : { held, waiting, holder };
  }

  /** @internal */
  protected claim(): void {
    if (!this.#wanted) return;
    const { own } = this.held;
    this.member?.set({ client: this.#client, ...(own && { since: since(own) }) } satisfies Claim);
  }

  /** @internal */
  protected override refresh(): void {
    super.refresh();
    const { own } = this.held;
    // Once the room has the claim, the client adds its seq to it, for a server that loses its holds. A
    // released claim that comes back late has its seq already.
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

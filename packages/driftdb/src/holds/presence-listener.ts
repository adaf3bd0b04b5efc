import type { Held, Key, SequenceNumber } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import { uniqueClientId } from "../client-id.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Holders } from "./holders.js";
import { HoldsStore } from "./holds-store.js";
import { keyHolds } from "./key-holds.js";

/** What one client shows of itself, and the seq since which it does. */
export interface Presence<T> {
  readonly value: T;
  readonly seq: SequenceNumber;
}

/** Who is here, by client id. */
export type Others<T> = Readonly<Record<string, Presence<T>>>;

/** What a presence is on the wire: a hold of this (S9). */
interface Shown {
  client: string;
  value: unknown;
}

/** What a presence is made of. */
export interface PresenceOptions<T, Input = T> {
  db: DbConnection;
  /**
   * Whose presence it is. Sessions with the same one are shown as one: what it showed last counts. Default
   * `uniqueClientId()`.
   */
  clientId?: string | undefined;
  /** Names the presence within the room. Default `__presence`. */
  key?: Key | undefined;
  /**
   * What it shows of itself at first. Undefined: it only looks, until `updateState`. What cannot be shown is reported, as
   * soon as somebody subscribes.
   */
  initialState?: Input | undefined;
  /** Called with who is here, after each change. */
  callback?: ((others: Others<T>) => void) | undefined;
  /** Whether it is among them itself, as the room sees it. Default false. */
  self?: boolean | undefined;
  /** Of several states within so many milliseconds, the first and the last are sent. Default 20. */
  minPresenceInterval?: number | undefined;
  /**
   * Makes of what another shows what is seen here, and throws at what does not fit: that is reported, and not shown.
   * Pure, and the same in all clients.
   */
  parse?: ((value: unknown) => T) | undefined;
}

/**
 * Who is here, and what each one shows of itself: a cursor, a name, a selection. The server knows who is here: a client
 * that disconnects is gone at once, one whose tab is closed after 2 s, and one that is lost after 15 s; one that reloads
 * or reconnects meanwhile has not been away.
 *
 * `Input` is what is shown, where `parse` makes something else of it.
 */
export class PresenceListener<T, Input = T> extends HoldsStore<Others<T>> {
  readonly #client: string;
  readonly #self: boolean;
  readonly #interval: number;
  readonly #parse: (value: unknown) => T;
  /** What was reported. */
  readonly #bad = new WeakSet<Held>();
  #state: Input | undefined;

  constructor(options: PresenceOptions<T, Input>);
  /** @internal */
  constructor(options: PresenceOptions<T, Input>, holders: Holders);
  constructor(options: PresenceOptions<T, Input>, holders?: Holders) {
    const { db, key = "__presence", callback } = options;
    super(db, holders ?? keyHolds(db, key), Object.freeze(Object.create(null)), callback);
    this.#client = options.clientId ?? uniqueClientId();
    this.#state = options.initialState;
    this.#parse = options.parse ?? ((value) => value as T);
    this.#self = !!options.self;
    this.#interval = options.minPresenceInterval ?? 20;
  }

  /**
   * Shows another state of itself: what was shown last before a moment without a connection is what is shown after it.
   * However many presences of a key there are on one connection, the room sees one: the state that was set last.
   *
   * @param state undefined to show nothing, and only look.
   * @throws {DriftDBError} `bad_value` if it is no JSON; what `parse` throws at it.
   */
  readonly updateState = (state: Input | undefined): void => {
    if (state !== undefined) this.#parse(state);
    this.member?.set(
      state === undefined ? undefined : { client: this.#client, value: state },
      this.#interval,
    );
    this.#state = state;
  };

  protected claim(): void {
    callSafely(() => this.updateState(this.#state), this.db.report);
  }

  protected view(was: Others<T>): Others<T> {
    // A client id may be called __proto__.
    const view: Record<string, Presence<T>> = Object.create(null);
    for (const held of this.held.entries.values()) {
      const { seq } = held;
      const { client, value } = Object(held.value) as Partial<Shown>;
      if (typeof client !== "string" || value === undefined || this.#bad.has(held)) continue;
      if ((client === this.#client && !this.#self) || (view[client]?.seq ?? 0) > seq) continue;
      const before = was[client];
      callSafely(
        () => {
          view[client] = before?.seq === seq ? before : { value: this.#parse(value), seq };
        },
        (error) => {
          this.#bad.add(held);
          this.db.report(error);
        },
      );
    }
    const clients = Object.keys(view);
    const same = clients.length === Object.keys(was).length;
    return same && clients.every((client) => view[client] === was[client]) ? was : view;
  }
}

import type { Held, Key, SequenceNumber } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import { uniqueClientId } from "../client-id.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { Holders } from "./holders.js";
import { HoldsStore } from "./holds-store.js";
import { keyHolds } from "./key-holds.js";

/** What one client shows of itself, and the seq with which it began to. */
export interface Presence<T> {
  readonly value: T;
  readonly seq: SequenceNumber;
}

/** The clients that are here, by client id. */
export type Others<T> = Readonly<Record<string, Presence<T>>>;

/** A presence on the wire: a hold of this (S9). */
interface Shown {
  client: string;
  value: unknown;
}

/** The options of a {@link PresenceListener}. */
export interface PresenceOptions<T, Input = T> {
  db: DbConnection;
  /**
   * The client whose presence it is. Sessions with the same id are shown as one client, with the newest
   * state. Default `uniqueClientId()`.
   */
  clientId?: string | undefined;
  /** Names the presence within the room. Default `__presence`. */
  key?: Key | undefined;
  /**
   * The state that it shows at first. Undefined: it only looks, until `updateState`. A state that cannot be
   * shown is reported at the first subscription.
   */
  initialState?: Input | undefined;
  /** Called with the clients that are here, after each change. */
  callback?: ((others: Others<T>) => void) | undefined;
  /** Whether this client is among them, as the room sees it. Default false. */
  self?: boolean | undefined;
  /** Milliseconds: of several states within them, the first and the last are sent. Default 20. */
  minPresenceInterval?: number | undefined;
  /**
   * Turns a state of the room into one of this listener. A state for which it throws is reported, and left
   * out. It must be pure, and the same in all clients.
   */
  parse?: ((value: unknown) => T) | undefined;
}

/**
 * The clients that are here, and what each one shows of itself: a cursor, a name, a selection. The server
 * knows who is here: a client that disconnects disappears immediately, one whose tab is closed after 2 s, and
 * one that is lost after 15 s. A client that reloads or reconnects within that time stays.
 *
 * `Input` is the type that is shown, where `parse` turns it into another one.
 *
 * @example
 * const cursors = new PresenceListener<{ x: number; y: number }>({ db });
 * const undo = cursors.subscribe((others) => draw(Object.values(others)));
 * onpointermove = ({ x, y }) => cursors.updateState({ x, y });
 */
export class PresenceListener<T, Input = T> extends HoldsStore<Others<T>> {
  readonly #client: string;
  readonly #self: boolean;
  readonly #interval: number;
  readonly #parse: (value: unknown) => T;
  /** The holds that were reported. */
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
   * Shows another state. It outlasts a moment without a connection. The room sees one state for each key of a
   * connection, however many listeners there are: the one that was set last.
   *
   * @param state undefined to show nothing, and only look.
   * @throws {DriftDBError} `bad_value` if it is not JSON. Whatever `parse` throws for it.
   */
  readonly updateState = (state: Input | undefined): void => {
    if (state !== undefined) this.#parse(state);
    this.member?.set(
      state === undefined ? undefined : { client: this.#client, value: state },
      this.#interval,
    );
    this.#state = state;
  };

  /** @internal */
  protected claim(): void {
    callSafely(() => this.updateState(this.#state), this.db.report);
  }

  /** @internal */
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

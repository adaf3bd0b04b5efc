import { GRACE_MS, type Held, type Key } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { HoldsMessage } from "../connection/listener.js";
import { toJson } from "../wire/encode-message.js";
import type { Holders, Member } from "./holders.js";
import { FREE, type OwnHoldEvent, transition } from "./own-hold.js";
import { Roster } from "./roster.js";

/** A value that a member holds, and its JSON. */
export interface Wanted {
  readonly value: unknown;
  readonly text: string;
}

/**
 * All sessions' holds on a key (S9), and this connection's own: the newest value of its members.
 *
 * `Roster` has the rules of all holds, own-hold.ts those of the own one. This class has the subscription, the
 * sends and the timers.
 */
export class KeyHolds implements Holders {
  readonly roster = new Roster();
  readonly entries: ReadonlyMap<string, Held> = this.roster.entries;
  readonly #db: DbConnection;
  readonly #key: Key;
  /** The members by their `onChange`, with the values that they hold. The newest value is last. */
  readonly #members = new Map<() => void, Wanted | undefined>();
  #own = FREE;
  /** The interval of the newest value, in milliseconds. */
  #interval = 0;
  /** Runs for an interval after a value was sent. */
  #pacing: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #stop: (() => void) | undefined;

  constructor(db: DbConnection, key: Key) {
    this.#db = db;
    this.#key = key;
  }

  /** The room's hold for this session, as far as this connection knows. */
  get own(): Held | undefined {
    return this.entries.get(this.roster.hello.you);
  }

  /** The value that this connection is to hold, if any. */
  get wanted(): Wanted | undefined {
    return [...this.#members.values()].findLast((wanted) => wanted);
  }

  join(onChange: () => void): Member {
    const members = this.#members;
    members.set(onChange, undefined);
    this.#stop ??= this.#start();
    return {
      set: (value, interval = 0) => {
        const text = toJson({ value }, this.#key);
        if (!members.has(onChange) || members.get(onChange)?.text === text) return;
        members.delete(onChange);
        members.set(onChange, value === undefined ? undefined : { value, text });
        this.#interval = interval;
        if (!this.#pacing) this.#sendWanted();
      },
      leave: () => {
        if (members.delete(onChange)) this.#sendWanted();
      },
    };
  }

  #start(): () => void {
    this.roster.hello = this.#db.session.hello;
    const unsubscribe = this.#db.session.subscribe(this.#key, {
      replay: false,
      deliver: () => {},
      held: this.#take,
      left: this.#clear,
    });
    const unlisten = this.#db.statusListener.addListener(this.#reconnect);
    return () => {
      unsubscribe();
      unlisten();
      clearTimeout(this.#pacing);
      this.#stop = this.#pacing = undefined;
      this.#clear();
    };
  }

  readonly #clear = (): void => {
    clearTimeout(this.#grace);
    this.roster.clear();
    this.#change();
  };

  #change(): void {
    // A copy: a member that sets a value moves to the end, and must not be called for the same change again.
    for (const onChange of [...this.#members.keys()])
      if (this.#members.has(onChange)) callSafely(onChange, this.#db.report);
  }

  readonly #take = (message: HoldsMessage): void => {
    const { roster } = this;
    const { term } = roster;
    if (roster.take(message)) void this.#db.send({ type: "get", key: this.#key });
    if (roster.term !== term) {
      clearTimeout(this.#grace);
      if (roster.stale.size) {
        this.#grace = setTimeout(() => {
          roster.expire();
          this.#change();
        }, GRACE_MS);
      }
    }
    this.#change();
  };

  readonly #reconnect = (): void => {
    const { status, session } = this.#db;
    const { hello } = session;
    this.roster.reconnect(status.connected ? hello : undefined, Date.now());
    this.#step("interrupted");
    if (status.connected && !hello.resumed) this.#step("freed");
    this.#change();
    this.#sendWanted();
  };

  /** Sends the wanted value or a release, if there is a connection and the server does not have it yet. */
  readonly #sendWanted = (): void => {
    clearTimeout(this.#pacing);
    this.#pacing = undefined;
    if (this.#db.status.connected) this.#step("due");
    // There are no members, and the server holds nothing any more.
    if (!this.#members.size && this.#own.isFree) this.#stop?.();
  };

  #step(event: OwnHoldEvent): void {
    const { value, text } = this.wanted ?? { text: "" };
    const [own, effect] = transition(this.#own, event, text);
    this.#own = own;
    if (effect === "hold") {
      const message = { type: "push", key: this.#key, value, action: { type: "hold" } } as const;
      callSafely(() => void this.#db.send(message), this.#db.report);
      this.#pacing = setTimeout(this.#sendWanted, this.#interval);
    } else if (effect === "release") {
      this.roster.entries.delete(this.roster.hello.you);
      this.#change();
      void this.#db.send({ type: "release", key: this.#key });
      // The server answers this after everything that was sent before (D12).
      void this.#db.testLatency().then((answered) => {
        if (answered === null || this.#own !== own) return;
        this.#step("freed");
        this.#sendWanted();
      });
    }
  }
}

const keys = new WeakMap<DbConnection, Map<Key, KeyHolds>>();

/** Returns a connection's holds of a key: the same object for each caller. */
export function keyHolds(db: DbConnection, key: Key): KeyHolds {
  const byKey = keys.get(db) ?? new Map<Key, KeyHolds>();
  keys.set(db, byKey);
  const held = byKey.get(key) ?? new KeyHolds(db, key);
  byKey.set(key, held);
  return held;
}

import { GRACE_MS, type Held, type Key } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import type { HoldsMessage } from "../connection/listener.js";
import { Emitter } from "../observable/emitter.js";
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
 * What all sessions of the room hold for a key (S9), and what this connection holds: one value, the one that
 * a member has set last, of those that are still there.
 *
 * `Roster` has the rules of the former, own-hold.ts those of the latter. Here are the subscription, the sends
 * and the timers.
 */
export class KeyHolds implements Holders {
  readonly roster = new Roster();
  readonly entries: ReadonlyMap<string, Held> = this.roster.entries;
  version = 0;
  readonly #db: DbConnection;
  readonly #key: Key;
  readonly #changed = new Emitter<void>();
  readonly #members = new Set<Member>();
  /** What members hold; what was set last is last. */
  readonly #values = new Map<Member, Wanted>();
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

  /** What this connection is to hold, if it is to hold something. */
  get wanted(): Wanted | undefined {
    return [...this.#values.values()].at(-1);
  }

  join(onChange: () => void): Member {
    const member: Member = {
      set: (value, interval = 0) => {
        const text = toJson({ value }, this.#key);
        if (!this.#members.has(member) || this.#values.get(member)?.text === text) return;
        this.#values.delete(member);
        if (value !== undefined) this.#values.set(member, { value, text });
        this.#interval = interval;
        if (!this.#pacing) this.#tell();
      },
      leave: () => {
        if (!this.#members.delete(member)) return;
        undo();
        this.#values.delete(member);
        this.#tell();
      },
    };
    // A member that hears of the same change before may have made this one leave.
    const undo = this.#changed.addListener(() => this.#members.has(member) && onChange());
    this.#members.add(member);
    this.#stop ??= this.#start();
    return member;
  }

  #start(): () => void {
    this.roster.hello = this.#db.hello;
    const unsubscribe = this.#db.subscribe(this.#key, {
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
    this.version++;
    this.#changed.dispatch();
  }

  readonly #take = (message: HoldsMessage): void => {
    const { roster } = this;
    const { term } = roster;
    if (roster.take(message)) void this.#db.send({ type: "get", key: this.#key });
    if (roster.term !== term) {
      clearTimeout(this.#grace);
      if (roster.stale.size) this.#grace = setTimeout(this.#expire, GRACE_MS);
    }
    this.#change();
  };

  readonly #expire = (): void => {
    this.roster.expire();
    this.#change();
  };

  readonly #reconnect = (): void => {
    const { status, hello } = this.#db;
    this.roster.reconnect(status.connected ? hello : undefined, Date.now());
    this.#step("interrupted");
    if (status.connected && !hello.resumed) this.#step("freed");
    this.#change();
    this.#tell();
  };

  /**
   * Tells the server what this connection is to hold, if there is a connection, and the server does not know.
   */
  readonly #tell = (): void => {
    clearTimeout(this.#pacing);
    this.#pacing = undefined;
    if (this.#db.status.connected) this.#step("due");
    // Nobody is here, and the server holds nothing any more.
    if (!this.#members.size && this.#own.isFree) this.#stop?.();
  };

  #step(event: OwnHoldEvent): void {
    const { value, text } = this.wanted ?? { text: "" };
    const [own, effect] = transition(this.#own, event, text);
    this.#own = own;
    if (effect === "hold") {
      const message = { type: "push", key: this.#key, value, action: { type: "hold" } } as const;
      callSafely(() => void this.#db.send(message), this.#db.report);
      this.#pacing = setTimeout(this.#tell, this.#interval);
    } else if (effect === "release") {
      this.roster.entries.delete(this.roster.hello.you);
      this.#change();
      void this.#db.send({ type: "release", key: this.#key });
      // What was sent before is done when this is answered (D12).
      void this.#db.testLatency().then((answered) => {
        if (answered === null || this.#own !== own) return;
        this.#step("freed");
        this.#tell();
      });
    }
  }
}

const keys = new WeakMap<DbConnection, Map<Key, KeyHolds>>();

/** What is held for a key, as a connection sees it: the same object for all that ask. */
export function keyHolds(db: DbConnection, key: Key): KeyHolds {
  const byKey = keys.get(db) ?? new Map<Key, KeyHolds>();
  keys.set(db, byKey);
  const held = byKey.get(key) ?? new KeyHolds(db, key);
  byKey.set(key, held);
  return held;
}

import type { Held, Key, ReleaseBroadcast, SessionBroadcast, SessionInit } from "driftdb-protocol";
import { attempt } from "./attempt.js";
import { toJson } from "./check.js";
import type { ConnectionStatus } from "./connection-status.js";
import type { DbConnection } from "./db-connection.js";
import { Emitter } from "./emitter.js";
import { listener } from "./subscriptions.js";

/** How long those may be away whom the server has lost, and who did not say that they leave: milliseconds (S9). */
const GRACE = 15_000;

/** One who looks at a key, and may hold something for it. */
export interface Member {
  /**
   * Holds a value, or with undefined nothing.
   *
   * @param interval of the values within so many milliseconds, the first and the last are sent.
   * @throws {DriftDBError} `bad_value`.
   */
  set(value: unknown, interval?: number): void;
  /** Lets go. */
  leave(): void;
}

/** What those in the room show of themselves, and a way to take part. */
export interface Holders {
  /** By what tells them apart. */
  readonly entries: ReadonlyMap<string, Held>;
  /** Rises with each change. */
  readonly version: number;
  /** @param onChange called after each change. */
  join(onChange: () => void): Member;
}

/**
 * What all sessions of the room hold for a key (S9), and what this connection holds: one value, the one that a member
 * has set last, of those who are still there.
 */
export class HeldKey implements Holders {
  /** By the session's public name. */
  readonly entries = new Map<string, Held>();
  /** This session's public name; empty until it was connected. */
  you = "";
  /** Whether the room has said on this connection what this session holds. */
  sure = false;
  /** Rises with each change. */
  version = 0;
  readonly #changed = new Emitter<void>();
  readonly #db: DbConnection;
  readonly #key: Key;
  /** What the members hold, and its JSON; what was changed last is last. */
  readonly #values = new Map<Member, { value: unknown; text: string }>();
  #members = 0;
  #stop: (() => void) | undefined;
  /** Of another term: they stay until they say so again, or the time is over. */
  #stale = new Map<string, Held>();
  #term = "";
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** What the server was told of last, as JSON: empty if it certainly holds nothing, undefined if nobody knows. */
  #told: string | undefined = "";
  /** How often it was told something. */
  #turn = 0;
  #throttle: ReturnType<typeof setTimeout> | undefined;
  #interval = 0;
  #connected = false;
  /** When the connection was lost, in milliseconds since 1970. */
  #lost = 0;

  constructor(db: DbConnection, key: Key) {
    this.#db = db;
    this.#key = key;
  }

  /** @param onChange called after each change. */
  join(onChange: () => void): Member {
    const undo = this.#changed.addListener(() => onChange());
    let left = false;
    this.#members++;
    this.#start();
    const member: Member = {
      set: (value, interval = 0) => {
        const text = toJson({ value });
        if (left || this.#values.get(member)?.text === text) return;
        this.#values.delete(member);
        if (value !== undefined) this.#values.set(member, { value, text });
        this.#interval = interval;
        if (!this.#throttle) this.#tell();
      },
      leave: () => {
        if (left) return;
        left = true;
        undo();
        this.#members--;
        this.#values.delete(member);
        this.#tell();
        this.#tidy();
      },
    };
    return member;
  }

  #start(): void {
    if (this.#stop) return;
    const { statusListener, status } = this.#db;
    const unsubscribe = this.#db.subscribe(
      this.#key,
      listener({ replay: false, deliver: () => {}, held: this.#held, left: () => this.#clear() }),
    );
    const unlisten = statusListener.addListener(this.#status);
    this.#connected = status.connected;
    this.#stop = () => {
      unsubscribe();
      unlisten();
      clearTimeout(this.#throttle);
      this.#stop = this.#throttle = undefined;
      this.#clear();
    };
  }

  /** Nobody is here, and the server holds nothing any more. */
  #tidy(): void {
    if (!this.#members && this.#told === "") this.#stop?.();
  }

  #clear(): void {
    clearTimeout(this.#grace);
    this.#term = "";
    this.#stale.clear();
    this.entries.clear();
    this.#change();
  }

  #change(): void {
    this.version++;
    this.#changed.dispatch();
  }

  readonly #held = (message: SessionInit | SessionBroadcast | ReleaseBroadcast): void => {
    const { entries } = this;
    const { you = "", term = "" } = this.#db.hello;
    this.you = you;
    if (this.#term !== term) {
      this.#term = term;
      this.#stale = new Map(entries);
      clearTimeout(this.#grace);
      if (entries.size) this.#grace = setTimeout(this.#expire, GRACE);
    }
    if (message.type === "init") {
      entries.clear();
      for (const [from, held] of this.#stale) entries.set(from, held);
    }
    const said = message.type === "init" ? (message.held ?? []) : [message];
    for (const { from, value, seq } of said as Held[]) {
      this.#stale.delete(from);
      this.sure ||= from === you;
      if (value === undefined) entries.delete(from);
      else entries.set(from, { from, value, seq });
    }
    this.#change();
  };

  readonly #expire = (): void => {
    for (const [from, held] of this.#stale) if (this.entries.get(from) === held) this.entries.delete(from);
    this.#stale.clear();
    this.#change();
  };

  readonly #status = ({ connected }: ConnectionStatus): void => {
    // Nobody knows whether the server has heard of what was sent last, a close included.
    if (this.#told) this.#told = undefined;
    this.#connected = connected;
    this.sure = false;
    if (connected) {
      const { term, resumed } = this.#db.hello;
      // Its session has ended meanwhile: what it holds from now on is another hold.
      if (!resumed && (term === this.#term || Date.now() - this.#lost > GRACE)) this.entries.delete(this.you);
      this.#lost = 0;
    } else this.#lost ||= Date.now();
    this.#change();
    this.#tell();
    this.#tidy();
  };

  /** Tells the server what is held, if it does not know. */
  readonly #tell = (): void => {
    clearTimeout(this.#throttle);
    this.#throttle = undefined;
    const { value, text } = [...this.#values.values()].at(-1) ?? { text: "" };
    if (!this.#connected || text === this.#told) return;
    const key = this.#key;
    const turn = ++this.#turn;
    if (text) {
      this.#told = text;
      attempt(
        () => void this.#db.send({ type: "push", key, value, action: { type: "hold" } }),
        this.#db.report,
      );
      this.#throttle = setTimeout(this.#tell, this.#interval);
    } else {
      this.#told = undefined;
      this.entries.delete(this.you);
      this.#change();
      void this.#db.send({ type: "release", key });
      // What was sent before is done when this is answered (D12).
      void this.#db.testLatency().then((answered) => {
        if (answered === null || turn !== this.#turn) return;
        this.#told = "";
        this.#tidy();
      });
    }
  };
}

const keys = new WeakMap<DbConnection, Map<Key, HeldKey>>();

/** What is held for a key, as a connection sees it: the same object for all who ask. */
export function heldKey(db: DbConnection, key: Key): HeldKey {
  const byKey = keys.get(db) ?? new Map<Key, HeldKey>();
  keys.set(db, byKey);
  const held = byKey.get(key) ?? new HeldKey(db, key);
  byKey.set(key, held);
  return held;
}

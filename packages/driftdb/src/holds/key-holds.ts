import type { Held, Hello, Key, ReleaseBroadcast, SessionBroadcast, SessionInit } from "driftdb-protocol";
import { callSafely } from "../call-safely.js";
import type { DbConnection } from "../connection/db-connection.js";
import { type ChangedHolds, listener } from "../connection/subscriptions.js";
import { Emitter } from "../observable/emitter.js";
import { toJson } from "../wire/encode-message.js";

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

/** Those who hold something for a key, as a store of them needs it. */
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
export class KeyHolds implements Holders {
  /** By the session's public name. */
  readonly entries = new Map<string, Held>();
  /** Whether the room has said on this connection what this session holds. */
  sure = false;
  /** Whether the room has said on this connection who holds what. */
  #begun = false;
  /** The seq of what this session holds, or has let go of, as the room has said it last. */
  #own: number | false = false;
  /** Those of another term: they stay until they say so again, or the time is over. */
  #stale = new Set<string>();
  /** The term of the entries. */
  #term = "";
  /** The room's newest word that this takes into account. */
  hello = {} as Hello;
  /** Rises with each change. */
  version = 0;
  readonly #changed = new Emitter<void>();
  readonly #db: DbConnection;
  readonly #key: Key;
  /** What the members hold, and its JSON; what was changed last is last. */
  readonly values = new Map<Member, { value: unknown; text: string }>();
  #members = 0;
  #stop: (() => void) | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  /** What the server was told of last, as JSON: empty if it certainly holds nothing, an object if nobody knows. */
  #told: string | object = "";
  #throttle: ReturnType<typeof setTimeout> | undefined;
  #interval = 0;
  /** When the connection was lost, in milliseconds since 1970. */
  #lost = 0;

  constructor(db: DbConnection, key: Key) {
    this.#db = db;
    this.#key = key;
  }

  /** @param onChange called after each change. */
  join(onChange: () => void): Member {
    let left = false;
    // Who has heard of the same change before may have made it leave.
    const undo = this.#changed.addListener(() => left || onChange());
    this.#members++;
    this.#start();
    const member: Member = {
      set: (value, interval = 0) => {
        const text = toJson({ value });
        if (left || this.values.get(member)?.text === text) return;
        this.values.delete(member);
        if (value !== undefined) this.values.set(member, { value, text });
        this.#interval = interval;
        if (!this.#throttle) this.#tell();
      },
      leave: () => {
        if (left) return;
        left = true;
        undo();
        this.#members--;
        this.values.delete(member);
        this.#tell();
        this.#tidy();
      },
    };
    return member;
  }

  #start(): void {
    if (this.#stop) return;
    this.hello = this.#db.hello;
    const unsubscribe = this.#db.subscribe(
      this.#key,
      listener({ replay: false, deliver: () => {}, held: this.#held, left: () => this.#clear() }),
    );
    const unlisten = this.#db.statusListener.addListener(this.#status);
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
    this.#begun = false;
    this.#term = "";
    this.#stale.clear();
    this.entries.clear();
    this.#change();
  }

  #change(): void {
    this.version++;
    this.#changed.dispatch();
  }

  readonly #held = (message: SessionInit | SessionBroadcast | ReleaseBroadcast | ChangedHolds): void => {
    const { entries } = this;
    const { term } = this.hello;
    if (term !== this.#term) {
      this.#term = term;
      this.#own = false;
      this.#stale = new Set(entries.keys());
      clearTimeout(this.#grace);
      if (entries.size) this.#grace = setTimeout(this.#expire, GRACE);
    }
    if (message.type === "init") {
      this.#begun = true;
      for (const from of entries.keys()) if (!this.#stale.has(from)) entries.delete(from);
      for (const held of message.held ?? []) this.#put(held.from, held);
    } else if (message.type === "holds") {
      // Each is the next one of whose hold had a seq (D23). This session's may be gone from the entries, and not yet from the room.
      const names = new Map([[this.#own, this.hello.you]]);
      for (const [from, { seq }] of entries) if (!this.#stale.has(from)) names.set(seq, from);
      message.pushes.forEach((push, i) => {
        const from = names.get(push.seq - (message.holds[2 * i] as number));
        if (from) {
          push.from = from;
          names.set(push.seq, from);
          this.#put(from, push as Held);
        } else if (this.#begun) {
          this.#begun = false;
          void this.#db.send({ type: "get", key: this.#key });
        }
      });
    } else {
      const { from, seq } = message as { from: string; seq: number };
      this.#put(from, message.type === "push" && { from, value: message.value, seq });
    }
    this.#change();
  };

  #put(from: string, held: Held | false): void {
    this.#stale.delete(from);
    if (from === this.hello.you) {
      this.sure = true;
      this.#own = held ? held.seq : false;
    }
    if (held) this.entries.set(from, held);
    else this.entries.delete(from);
  }

  readonly #expire = (): void => {
    for (const from of this.#stale) this.#put(from, false);
    this.#change();
  };

  readonly #status = (): void => {
    const { status, hello } = this.#db;
    if (this.#told) this.#told = {};
    this.sure = this.#begun = false;
    if (status.connected) this.hello = hello;
    else this.#lost ||= Date.now();
    if (status.connected && !hello.resumed) {
      this.#told = "";
      // The session has ended, and with it what it held: as it was away for longer than a session lasts, or the same server
      // says so.
      if (this.#term === hello.term || Date.now() - this.#lost > GRACE) this.entries.delete(hello.you);
    }
    if (status.connected) this.#lost = 0;
    this.#change();
    this.#tell();
    this.#tidy();
  };

  /** Tells the server what is held, if it does not know. */
  readonly #tell = (): void => {
    clearTimeout(this.#throttle);
    this.#throttle = undefined;
    const { value, text } = [...this.values.values()].at(-1) ?? { text: "" };
    if (!this.#db.status.connected || text === this.#told) return;
    const key = this.#key;
    if (text) {
      this.#told = text;
      callSafely(
        () => void this.#db.send({ type: "push", key, value, action: { type: "hold" } }),
        this.#db.report,
      );
      this.#throttle = setTimeout(this.#tell, this.#interval);
    } else {
      const told = {};
      this.#told = told;
      this.entries.delete(this.hello.you);
      this.#change();
      void this.#db.send({ type: "release", key });
      // What was sent before is done when this is answered (D12).
      void this.#db.testLatency().then((answered) => {
        if (answered === null || this.#told !== told) return;
        this.#told = "";
        this.#tidy();
      });
    }
  };
}

const keys = new WeakMap<DbConnection, Map<Key, KeyHolds>>();

/** What is held for a key, as a connection sees it: the same object for all who ask. */
export function keyHolds(db: DbConnection, key: Key): KeyHolds {
  const byKey = keys.get(db) ?? new Map<Key, KeyHolds>();
  keys.set(db, byKey);
  const held = byKey.get(key) ?? new KeyHolds(db, key);
  byKey.set(key, held);
  return held;
}

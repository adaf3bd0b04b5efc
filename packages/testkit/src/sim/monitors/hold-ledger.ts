import {
  CLOSE_GOING_AWAY,
  CLOSE_NORMAL,
  CLOSE_OUT_OF_STEP,
  GRACE_MS,
  type Key,
  RELOAD_GRACE_MS,
} from "driftdb-protocol";
import type { Link } from "../network/link.js";
import { violated } from "../violation.js";
import { sessionName } from "./session-name.js";

/** A hold, or without a value a release, in the order of the room (S9). */
export interface HoldEvent {
  readonly key: Key;
  /** The public name of the session. */
  readonly from: string;
  readonly seq: number;
  /** The value as JSON. */
  readonly value?: string;
  /** The seq of the session's hold on the key before (D23). */
  readonly was?: number | undefined;
  /** The time of the commit. */
  readonly at: number;
  readonly term: Term;
}

/** One opening of the room, through which the server keeps holds (S1). */
export interface Term {
  /** All events of each key in order, and its current holds by session. */
  readonly log: Map<Key, HoldEvent[]>;
  readonly held: Map<Key, Map<string, HoldEvent>>;
}

/** The knowledge about a session that may hold something. */
interface Holder {
  /** The values that it sent for each key, in order, and how many of them the room has passed. */
  readonly sent: Map<Key, { values: string[]; through: number; releases: number }>;
  /** Its connection, as the server sees it. */
  link?: Link | undefined;
  /** Without a connection: the time at which the session ends. */
  due?: number | undefined;
}

/** Milliseconds that a session lasts without a connection, by close code (S9). Other codes: `GRACE_MS`. */
const LASTS = new Map<number, number>([
  [CLOSE_NORMAL, 0],
  [CLOSE_OUT_OF_STEP, 0],
  [CLOSE_GOING_AWAY, RELOAD_GRACE_MS],
]);
/** Milliseconds until the server tries again to end a session (D22). */
const RETRY = 1_000;
/** Milliseconds that a hold may wait for others (D23), with a margin for rounding. */
const LONGEST_WAIT = 16.001;

/** The truth about holds (S9): all events of the room, and the end of each session (I13). */
export class HoldLedger {
  readonly #now: () => number;
  readonly #holders = new Map<string, Holder>();
  readonly #terms = new Map<string, Term>();
  readonly #events = new Map<number, HoldEvent>();
  /** The newest release of each session and key. */
  readonly #released = new Map<string, number>();
  /** Sessions without a connection. */
  readonly #away = new Set<string>();
  #newest = 0;
  /** The term of the open room. */
  term: Term = newTerm();
  /** The time at which the disk last refused a commit. */
  refused = Number.NEGATIVE_INFINITY;
  holds = 0;
  releases = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A server starts, or a room opens: there are no holds and no connections. */
  opened(): Term {
    this.term = newTerm();
    for (const holder of this.#holders.values()) holder.link = holder.due = undefined;
    this.#away.clear();
    return this.term;
  }

  /** A `hello` gives this name to a term. */
  named(term: Term, name: string): void {
    const before = this.#terms.get(name);
    if (before && before !== term) violated("S1", `another life of the room has the term ${name}, too`);
    this.#terms.set(name, term);
  }

  termOf(name: string): Term | undefined {
    return this.#terms.get(name);
  }

  /** The hold or release with a seq, in any term. */
  event(seq: number): HoldEvent | undefined {
    return this.#events.get(seq);
  }

  /** Whether a session released a key, or ended, after a seq. */
  releasedAfter(from: string, key: Key, seq: number): boolean {
    return (this.#released.get(`${from} ${key}`) ?? 0) > seq;
  }

  /** The current holds of a key in rising order of seq. */
  of(key: Key): HoldEvent[] {
    return [...(this.term.held.get(key)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }

  /** Whether a session holds anything now. */
  has(from: string): boolean {
    return [...this.term.held.values()].some((held) => held.has(from));
  }

  /** Called before the server accepts a connection of a session. */
  joined(cid: string, link: Link): void {
    const name = sessionName(cid);
    const holder = this.#holder(name);
    holder.link = link;
    this.#away.delete(name);
    // A session that ends at this very moment may or may not have ended.
    if (holder.due !== this.#now()) holder.due = undefined;
  }

  /** Called before the server learns that the connection was closed. */
  left(cid: string, link: Link, code: number): void {
    const name = sessionName(cid);
    const holder = this.#holder(name);
    if (holder.link !== link) return;
    holder.link = undefined;
    this.#away.add(name);
    holder.due = this.#now() + (LASTS.get(code) ?? GRACE_MS);
  }

  /** A session sends a hold, or without a value a release. */
  sends(cid: string, key: Key, value?: unknown): void {
    const sent = this.#sent(sessionName(cid), key);
    if (value === undefined) sent.releases++;
    else sent.values.push(JSON.stringify(value));
  }

  /** The room announces a hold. */
  held(
    term: Term,
    { key, from, value, seq, was }: Pick<HoldEvent, "key" | "from" | "seq" | "was"> & { value: unknown },
  ): void {
    const text = JSON.stringify(value);
    const sent = this.#sent(from, key);
    const at = sent.values.indexOf(text, sent.through);
    if (at < 0) violated("I13", `${from} holds ${text} for ${key}, which it has not sent, or not since then`);
    sent.through = at + 1;
    const before = term.held.get(key)?.get(from);
    if (before?.seq !== was)
      violated("D23", `seq ${seq} is said to take the place of ${was}, and not of ${before?.seq}`);
    if (before?.value === text)
      violated("D19", `${from} holds ${text} for ${key} already, and seq ${seq} tells of it again`);
    this.holds++;
    this.#add({ key, from, seq, value: text, was, term, at: this.#now() });
  }

  /** The room announces a release, which the session asked for, or which follows its end. */
  released(term: Term, { key, from, seq }: { key: Key; from: string; seq: number }): void {
    if (!term.held.get(key)?.has(from))
      violated("D19", `${from} releases ${key}, for which it holds nothing`);
    const { due } = this.#holder(from);
    const over = due !== undefined && due <= this.#now();
    if (!over && this.#sent(from, key).releases-- <= 0)
      violated("I13", `what ${from} holds for ${key} is released, and it is not over before ${due}`);
    this.releases++;
    this.#released.set(`${from} ${key}`, seq);
    this.#add({ key, from, seq, term, at: this.#now() });
  }

  /** Whether the room may still hold an event back, to send it together with others (D23). */
  mayWait({ was, at }: HoldEvent): boolean {
    return was !== undefined && this.#now() - at <= LONGEST_WAIT;
  }

  /** I13: a session that has ended holds nothing. */
  check(): void {
    const now = this.#now();
    for (const from of this.#away) {
      const { due = now } = this.#holder(from);
      if (now > Math.max(due, this.refused + RETRY) && this.has(from))
        violated("I13", `${from} still holds something, and was over ${now - due} ms ago`);
    }
  }

  /** I12: in an empty room, nothing is held. */
  checkEmpty(): void {
    for (const [key, held] of this.term.held)
      if (held.size > 0) violated("I12", `${[...held.keys()]} hold ${key}, and nobody is there`);
  }

  #add(event: HoldEvent): void {
    const { key, from, seq, value, term } = event;
    if (!(seq > this.#newest)) violated("I1", `a hold or release has seq ${seq} after ${this.#newest}`);
    this.#newest = seq;
    this.#events.set(seq, event);
    const log = term.log.get(key) ?? [];
    term.log.set(key, log);
    log.push(event);
    const held = term.held.get(key) ?? new Map<string, HoldEvent>();
    term.held.set(key, held);
    if (value === undefined) held.delete(from);
    else held.set(from, event);
  }

  #holder(from: string): Holder {
    const holder = this.#holders.get(from) ?? { sent: new Map() };
    this.#holders.set(from, holder);
    return holder;
  }

  #sent(from: string, key: Key) {
    const { sent } = this.#holder(from);
    const of = sent.get(key) ?? { values: [], through: 0, releases: 0 };
    sent.set(key, of);
    return of;
  }
}

function newTerm(): Term {
  return { log: new Map(), held: new Map() };
}

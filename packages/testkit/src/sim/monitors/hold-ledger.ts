import type { Key } from "driftdb-protocol";
import { publicName } from "../../../../driftdb-server/src/room/public-name.js";
import type { Link } from "../network/link.js";
import { violated } from "./ledger.js";

/** A hold, or without a value a release, as the room has it (S9). */
export interface HoldEvent {
  readonly key: Key;
  /** The public name of its session. */
  readonly from: string;
  readonly seq: number;
  /** As JSON. */
  readonly value?: string;
  /** The seq of what the session held for the key until then (D23). */
  readonly was?: number | undefined;
  /** When it was committed. */
  readonly at: number;
  readonly term: Term;
}

/** The time through which a server keeps what is held (S1). */
export interface Term {
  /** All that happened to each key, in order, and what is held for it after that, by session. */
  readonly log: Map<Key, HoldEvent[]>;
  readonly held: Map<Key, Map<string, HoldEvent>>;
}

/** What is known of a session that may hold something. */
interface Holder {
  /** What it has sent for each key, in order, and how much of that the room has come to. */
  readonly sent: Map<Key, { values: string[]; through: number; releases: number }>;
  /** The connection that it has, as the server sees it … */
  link?: Link | undefined;
  /** … and without one, when it is over. */
  due?: number | undefined;
}

/** How long a session lasts without a connection, by the code that it was closed with: at once, 2 s, 15 s (S9). */
const LASTS = new Map([
  [1000, 0],
  [4009, 0],
  [1001, 2_000],
]);
const GRACE = 15_000;
/** When a session is ended again that could not be (D22). */
const RETRY = 1_000;
/** How long a hold may wait for others (D23), and what the sum of two times may be off. */
const LONGEST_WAIT = 16.001;

/** The truth of what is held (S9): all that the room has told of it, and when each session is over (I13). */
export class HoldLedger {
  readonly #now: () => number;
  readonly #holders = new Map<string, Holder>();
  readonly #terms = new Map<string, Term>();
  readonly #events = new Map<number, HoldEvent>();
  /** The newest release of each session and key. */
  readonly #released = new Map<string, number>();
  /** Those without a connection. */
  readonly #away = new Set<string>();
  #newest = 0;
  /** That of the open room. */
  term: Term = newTerm();
  /** When the disk last refused a commit. */
  refused = Number.NEGATIVE_INFINITY;
  holds = 0;
  releases = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A server starts, or a room is opened: nothing is held, and nobody is there. */
  opened(): Term {
    this.term = newTerm();
    for (const holder of this.#holders.values()) holder.link = holder.due = undefined;
    this.#away.clear();
    return this.term;
  }

  /** A term goes by this name in a `hello`. */
  named(term: Term, name: string): void {
    const before = this.#terms.get(name);
    if (before && before !== term) violated("S1", `another life of the room has the term ${name}, too`);
    this.#terms.set(name, term);
  }

  termOf(name: string): Term | undefined {
    return this.#terms.get(name);
  }

  /** The hold or release with a seq, in whatever term. */
  event(seq: number): HoldEvent | undefined {
    return this.#events.get(seq);
  }

  /** Whether a session has let go of a key, or was over, after a seq. */
  releasedAfter(from: string, key: Key, seq: number): boolean {
    return (this.#released.get(`${from} ${key}`) ?? 0) > seq;
  }

  /** What is held for a key by now, rising in seq. */
  of(key: Key): HoldEvent[] {
    return [...(this.term.held.get(key)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }

  /** Whether a session holds anything by now. */
  has(from: string): boolean {
    return [...this.term.held.values()].some((held) => held.has(from));
  }

  /** The server is about to take a connection of a session. */
  joined(cid: string, link: Link): void {
    const name = publicName(cid);
    const holder = this.#holder(name);
    holder.link = link;
    this.#away.delete(name);
    // One that is over in this very moment may be over, or not.
    if (holder.due !== this.#now()) holder.due = undefined;
  }

  /** The server is about to learn that the connection was closed. */
  left(cid: string, link: Link, code: number): void {
    const name = publicName(cid);
    const holder = this.#holder(name);
    if (holder.link !== link) return;
    holder.link = undefined;
    this.#away.add(name);
    holder.due = this.#now() + (LASTS.get(code) ?? GRACE);
  }

  /** A session sends a hold, or without a value a release. */
  sends(cid: string, key: Key, value?: unknown): void {
    const sent = this.#sent(publicName(cid), key);
    if (value === undefined) sent.releases++;
    else sent.values.push(JSON.stringify(value));
  }

  /** The room tells of a hold. */
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

  /** The room tells of a release: because the session wants it, or is over. */
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

  /** Whether sessions may still be about to be told of it, together with others (D23). */
  mayWait({ was, at }: HoldEvent): boolean {
    return was !== undefined && this.#now() - at <= LONGEST_WAIT;
  }

  /** I13: whoever is over holds nothing. */
  check(): void {
    const now = this.#now();
    for (const from of this.#away) {
      const { due = now } = this.#holder(from);
      if (now > Math.max(due, this.refused + RETRY) && this.has(from))
        violated("I13", `${from} still holds something, and was over ${now - due} ms ago`);
    }
  }

  /** I12: nobody is left, and nothing is held. */
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

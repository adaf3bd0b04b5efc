import type { Commit, Payload } from "driftdb-server/internal";
import type { Disk, DiskRoom } from "../network/sim-disk.js";
import { violated } from "../violation.js";

/** Whatever is appended is recognised by this, in a reducer's action or raw. */
export type Id = string;

/** A message that changes what a key folds to. */
interface Change {
  readonly seq: number;
  readonly id: Id;
  /** Whether it takes the place of all before it: a `replace`. */
  readonly alone: boolean;
}

/** What is known of one life of the room's data. */
interface Life {
  /** What was committed to each key, in order. */
  changes: Map<string, Change[]>;
  all: Set<Id>;
  /** The newest of each author. */
  newest: Map<string, number>;
  /** The seq of the newest retained message of each key, and of the one before each retained message (S6). */
  last: Map<string, number>;
  prev: Map<number, number>;
  /** The newest commit's. */
  number: number;
  /**
   * The commits that retained something, or made the room, and in which opening of the room that was (I14).
   */
  retaining: Map<number, number>;
}

/** What a client sends for a key, or what an entry of the journal says that it sent (I14). */
interface Sent {
  readonly action: string;
  readonly key: string | null;
  /** The seq of a compaction. */
  readonly seq?: number | null;
  /** The value as JSON. */
  readonly json: string | undefined;
}

/** The truth of a run: all that was committed, and all that left the server. */
export class Ledger {
  #life: Life = {
    changes: new Map(),
    all: new Set(),
    newest: new Map(),
    last: new Map(),
    prev: new Map(),
    number: 0,
    retaining: new Map(),
  };
  #backup: Life | undefined;
  /** What each seq carried when it left the server (I2), and the newest (I1). */
  #left = new Map<number, string>();
  newest = 0;
  compactions = 0;
  /** The seqs that some retained message has had, in whatever life. */
  readonly retained = new Set<number>();
  /** The public names of the sessions that sent each message which is to be retained. */
  readonly #senders = new Map<string, Set<string | null>>();

  constructor(disk: Disk) {
    disk.committed = (commit, room) => this.#committed(commit, room);
  }

  has(id: Id): boolean {
    return this.#life.all.has(id);
  }

  /** Folds the committed messages of a key, up to a seq. */
  of(key: string, through = Number.POSITIVE_INFINITY): Id[] {
    let ids: Id[] = [];
    for (const { seq, id, alone } of this.#life.changes.get(key) ?? []) {
      if (seq > through) break;
      if (alone) ids = [id];
      else ids.push(id);
    }
    return ids;
  }

  /**
   * The retained message before the one with this seq; undefined if none was committed with it: it is a
   * relay.
   */
  prevOf(seq: number): number | undefined {
    return this.#life.prev.get(seq);
  }

  /** The number of the first commit after this one that retained something. */
  nextRetaining(number: number): number | undefined {
    const { retaining, number: newest } = this.#life;
    for (let next = number + 1; next <= newest; next++) if (retaining.has(next)) return next;
    return undefined;
  }

  /** In which opening of the room a commit was made. */
  openingOf(number: number): number | undefined {
    return this.#life.retaining.get(number);
  }

  /** A session sends a message that is to be retained; `null` sends one without a session. */
  sends(from: string | null, sent: Sent): void {
    const name = nameOf(sent);
    const senders = this.#senders.get(name) ?? new Set();
    this.#senders.set(name, senders.add(from));
  }

  wasSent(from: string | null, sent: Sent): boolean {
    return this.#senders.get(nameOf(sent))?.has(from) ?? false;
  }

  /** A broadcast leaves the server, for one or several connections. */
  leaves(key: string, value: unknown, seq: number): void {
    const carries = JSON.stringify([key, value]);
    const before = this.#left.get(seq);
    if (before === carries) return;
    if (before !== undefined) violated("I2", `seq ${seq} carries ${carries} and ${before}`);
    if (seq < this.newest) violated("I1", `seq ${seq} left the server after ${this.newest}`);
    this.newest = seq;
    this.#left.set(seq, carries);
  }

  /** Remembers the truth of now, as a copy of the disk is made. */
  backUp(): void {
    this.#backup = copy(this.#life);
  }

  /** The copy is the disk now, and another life begins: seqs may come again in it. */
  restore(): void {
    if (this.#backup) this.#life = copy(this.#backup);
    this.#left = new Map();
    this.newest = 0;
  }

  /** I6, at rest: the rows on the disk fold to the same state as the committed messages. */
  checkFold(key: string, room: DiskRoom): void {
    const rows = room.rows.filter((row) => row.key === key).sort((a, b) => a.seq - b.seq);
    if (rows.some(({ snapshot }, index) => snapshot && index > 0))
      violated("M4", `a snapshot of ${key} is behind something: ${rows.map(({ seq }) => seq)}`);
    let folded: Id[] = [];
    for (const { value } of rows) folded = fold(folded, value.value);
    const wanted = this.of(key);
    if (folded.join() !== wanted.join()) violated("I6", `${key} folds to ${folded} and not to ${wanted}`);
  }

  #committed({ events, streams, sessions, number }: Commit<Payload>, room: DiskRoom): void {
    const life = this.#life;
    const retains = streams.length > 0 || events[0]?.type === "created";
    const stores = retains || sessions.size > 0;
    // The disk has it already: its number is the commit's, and follows the one before.
    if (stores !== (number !== undefined) || (stores && number !== life.number + 1)) {
      violated("M5", `a commit that stores ${stores} has number ${number}, after ${life.number}`);
    }
    life.number = number ?? life.number;
    if (retains) life.retaining.set(life.number, room.loads);
    for (const event of events) {
      if (event.type === "compacted") {
        const { key, seq } = event;
        this.compactions++;
        this.retained.add(seq);
        life.last.set(key, Math.max(life.last.get(key) ?? 0, seq));
      } else if (event.type === "message" && event.action !== "relay") {
        const { key, seq, value, action } = event;
        life.prev.set(seq, life.last.get(key) ?? 0);
        this.retained.add(seq);
        life.last.set(key, seq);
        this.#add(key, seq, idOf(value.value), action === "replace");
      }
    }
    for (const event of events) if (event.type === "compacted") this.checkFold(event.key, room);
  }

  #add(key: string, seq: number, id: Id, alone: boolean): void {
    const { all, changes, newest } = this.#life;
    if (typeof id !== "string") violated("S9", `seq ${seq} of ${key} was committed, which is held`);
    if (all.has(id)) violated("I4", `${id} was applied twice`);
    all.add(id);
    const [author, n] = split(id);
    const before = newest.get(`${key} ${author}`) ?? 0;
    if (before > n) violated("I7", `${id} came after ${before}`);
    newest.set(`${key} ${author}`, n);
    const list = changes.get(key) ?? [];
    const after = list.at(-1)?.seq ?? 0;
    if (seq <= after) violated("I1", `seq ${seq} was committed after ${after}`);
    list.push({ seq, id, alone });
    changes.set(key, list);
  }
}

/** What a stream folds to, one message on. */
export function fold(ids: readonly Id[], value: unknown): Id[] {
  const { reset, apply } = value as { reset?: Id[]; apply?: Id };
  return reset ?? [...ids, apply as Id];
}

/** What an append or a replacement is recognised by. */
export function idOf(value: unknown): Id {
  const { apply, reset, v } = value as { apply?: Id; reset?: Id[]; v?: Id };
  return apply ?? v ?? reset?.[0] ?? (value as Id);
}

export function split(id: Id): [author: string, n: number] {
  const at = id.indexOf("#");
  return [id.slice(0, at), Number(id.slice(at + 1))];
}

function nameOf({ action, key, seq, json }: Sent): string {
  return JSON.stringify([action, key, action === "compact" ? seq : null, json]);
}

function copy({ changes, all, newest, last, prev, number, retaining }: Life): Life {
  return {
    changes: new Map([...changes].map(([key, list]) => [key, [...list]])),
    all: new Set(all),
    newest: new Map(newest),
    last: new Map(last),
    prev: new Map(prev),
    number,
    retaining: new Map(retaining),
  };
}

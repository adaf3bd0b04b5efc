import { type DbConnection, Lock, PresenceListener } from "driftdb";
import { GRACE_MS, type Key, type SessionMessageFromDb } from "driftdb-protocol";
import { keyHolds } from "../../../../driftdb/src/holds/key-holds.js";
import { GivenHolds, type HeldEntries } from "../monitors/given-holds.js";
import type { Term } from "../monitors/hold-ledger.js";
import type { Id } from "../monitors/ledger.js";
import { violated } from "../violation.js";
import type { SimWorld } from "../world.js";

export const PRESENCE = "__presence";
const LOCK = "__lock:lock";

/** Shows a presence and wants a lock on behalf of a client, and checks its view of the others (S9). */
export class SimHolder {
  /** Whether it takes part at present. */
  here = false;
  readonly #db: DbConnection;
  readonly #world: SimWorld;
  readonly #client: string;
  readonly #presence: PresenceListener<Id>;
  readonly #lock: Lock;
  readonly #given = new Map([PRESENCE, LOCK].map((key) => [key, new GivenHolds()]));
  #you = "";
  /** Public names of its sessions. */
  readonly #names = new Set<string>();
  #term: Term | undefined;
  #count = 0;
  /** The shown value, and whether it wants the lock, while it takes part. */
  #state: Id | undefined;
  #wanted = false;

  /** @param client the client id, which is not shown as one of the others. */
  constructor(db: DbConnection, world: SimWorld, client: string) {
    this.#db = db;
    this.#world = world;
    this.#client = client;
    this.#presence = new PresenceListener<Id>({ db, clientId: client });
    this.#lock = new Lock({ db, clientId: client, key: "lock" });
  }

  get shown(): Id | undefined {
    return this.here ? this.#state : undefined;
  }

  get wants(): boolean {
    return this.here && this.#wanted;
  }

  start(): void {
    this.#presence.subscribe();
    this.#lock.subscribe();
    this.here = true;
    // It may have missed holds meanwhile. The next init completes its view.
    for (const given of this.#given.values()) given.begun = false;
    if (this.#world.random.chance(0.8)) this.#show();
  }

  /** Performs a random action. */
  act(): void {
    const kind = this.#world.random.int(0, 19);
    if (!this.here) this.start();
    else if (kind < 13) this.#show();
    else if (kind < 15) {
      this.#state = undefined;
      this.#presence.updateState(undefined);
    } else if (kind < 19) {
      this.#wanted = !this.#wanted;
      if (this.#wanted) this.#lock.acquire();
      else this.#lock.release();
    } else this.leave();
  }

  leave(): void {
    this.here = false;
    this.#presence.destroy();
    this.#lock.destroy();
  }

  /** Called before the client receives a frame. */
  given(message: SessionMessageFromDb): void {
    if (message.type === "hello") {
      this.#you = message.you;
      this.#names.add(message.you);
      this.#term = this.#world.holds.termOf(message.term);
      for (const given of this.#given.values()) given.sure = false;
      return;
    }
    if (!("key" in message) || message.type === "stream_size") return;
    const given = this.#given.get(message.key);
    if (!given) return;
    given.begin(this.#term, this.#you, this.#world.now());
    given.take(message);
  }

  /** Checks what must be true at every moment. */
  check(): void {
    if (!this.here) return;
    for (const [key, given] of this.#given) this.#checkKey(key, given);
  }

  /** Its view of the lock. */
  get lock() {
    return this.#lock.getSnapshot();
  }

  /** At rest: compares its view with the truth. @param there the shown value of each client. */
  unrest(there: ReadonlyMap<string, Id>): string | undefined {
    if (!this.here) return undefined;
    const seen = Object.entries(this.#presence.getSnapshot()).map(
      ([client, { value }]) => `${client}: ${value}`,
    );
    const truth = [...there]
      .filter(([client]) => client !== this.#client)
      .map(([client, value]) => `${client}: ${value}`);
    if (seen.sort().join() === truth.sort().join()) return undefined;
    return `${this.#client} sees that ${seen} are here, and here are ${truth}`;
  }

  #show(): void {
    // Sometimes it repeats the current value.
    if (this.#state === undefined || this.#world.random.chance(0.9))
      this.#state = `${this.#client}@${++this.#count}`;
    this.#presence.updateState(this.#state);
  }

  #checkKey(key: Key, given: GivenHolds): void {
    const { roster, wanted } = keyHolds(this.#db, key);
    const { entries } = roster;
    if (given.begun) this.#checkEntries(key, given, entries);
    given.seen = new Map(given.begun ? entries : []);
    if (key === PRESENCE) this.#checkPresence(entries);
    else this.#checkLock(given, entries, wanted !== undefined);
  }

  /** It sees the holds that it received, plus those of an earlier term that may still be confirmed. */
  #checkEntries(key: Key, { term, since, held, heard, seen }: GivenHolds, entries: HeldEntries): void {
    const { holds, now } = this.#world;
    for (const [from, { seq }] of held) {
      const entry = entries.get(from);
      // It removes its own holds, and those of its ended sessions, before the room confirms that.
      if (this.#names.has(from) && !entry) continue;
      if (entry?.seq !== seq)
        violated("I13", `${this.#client} was given seq ${seq} of ${from}, and sees ${entry?.seq}`);
    }
    for (const [from, { seq }] of entries) {
      if (held.has(from)) continue;
      const isOld = holds.event(seq)?.term !== term;
      if (!isOld || heard.has(from) || now() > since + GRACE_MS)
        violated(
          "I13",
          `${this.#client} sees seq ${seq} of ${from} for ${key}, which is released: ` +
            `old ${isOld}, heard of ${heard.has(from)}, for ${now() - since} ms`,
        );
    }
    for (const [from, { seq }] of seen) {
      if (this.#names.has(from) || entries.has(from) || holds.releasedAfter(from, key, seq)) continue;
      const isOld = holds.event(seq)?.term !== term;
      if (!isOld || now() < since + GRACE_MS)
        violated("I13", `${this.#client} does not see ${from} any more, who was away for a moment at most`);
    }
  }

  /** Several sessions of one client are shown as one, with its newest value. */
  #checkPresence(entries: HeldEntries): void {
    const newest = new Map<string, number>();
    for (const { value, seq } of entries.values()) {
      const { client } = value as { client: string };
      if (client !== this.#client) newest.set(client, Math.max(newest.get(client) ?? 0, seq));
    }
    const seen = Object.entries(this.#presence.getSnapshot());
    if (seen.length === newest.size && seen.every(([client, { seq }]) => newest.get(client) === seq)) return;
    violated("I13", `${this.#client} sees ${JSON.stringify(seen)} of ${JSON.stringify([...newest])}`);
  }

  /**
   * Clients that received the same holds agree: the oldest claim has the lock, if its client is connected.
   */
  #checkLock({ sure }: GivenHolds, entries: HeldEntries, isWanted: boolean): void {
    const { you } = this.#db.session.hello;
    const claims = [...entries].map(([from, { value, seq }]) => ({ from, seq, ...(value as Claim) }));
    const place = ({ since, seq }: (typeof claims)[number]) => since ?? seq;
    const [first] = claims.sort((a, b) => place(a) - place(b));
    const { held, waiting, holder } = this.lock;
    const mine = first?.from === you;
    const has = this.#db.status.connected && sure && mine && isWanted;
    const waits = entries.has(you) && !mine;
    if (held !== has || waiting !== waits || holder !== (first?.client ?? null))
      violated(
        "I13",
        `${this.#client} says held ${held}, waiting ${waiting}, holder ${holder}, ` +
          `and not ${has}, ${waits}, ${first?.client}`,
      );
  }
}

interface Claim {
  readonly client: string;
  readonly since?: number;
}

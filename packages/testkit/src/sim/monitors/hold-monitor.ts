import type { Hello, Key, ReleaseBroadcast, SessionBroadcast, SessionInit } from "driftdb-protocol";
import { violated } from "../violation.js";
import type { HoldEvent, HoldLedger, Term } from "./hold-ledger.js";

/** Checks that a session's connection receives all holds and releases in order (S9, I13). */
export class HoldMonitor {
  readonly #holds: HoldLedger;
  readonly #name: string;
  readonly #allKeys: boolean;
  #term: Term | undefined;
  /** The number of events of each subscribed key that the connection has received. */
  readonly #told = new Map<Key, number>();
  /** Unanswered gets of each key, and how many of them are followed by an unsubscribe. */
  readonly #gets = new Map<Key, { open: number; void: number }>();

  constructor(holds: HoldLedger, name: string, allKeys: boolean) {
    this.#holds = holds;
    this.#name = name;
    this.#allKeys = allKeys;
  }

  hello({ you, term, resumed }: Hello): void {
    this.#term = this.#holds.termOf(term);
    if (this.#term !== this.#holds.term) violated("S1", `${this.#name} is greeted with the term ${term}`);
    if (resumed !== this.#holds.has(you))
      violated("S1", `${this.#name} is greeted with resumed ${resumed}, and holds ${!resumed}`);
    if (!this.#allKeys) return;
    for (const [key, log] of this.#term?.log ?? []) this.#told.set(key, log.length);
  }

  init({ key, held = [] }: SessionInit): void {
    const given = held.map(({ from, value, seq }) => `${seq} ${from} ${JSON.stringify(value)}`);
    const truth = this.#holds.of(key).map(({ from, value, seq }) => `${seq} ${from} ${value}`);
    if (given.join() !== truth.join())
      violated("I13", `the init of ${key} to ${this.#name} has held ${given}, and not ${truth}`);
    this.complete();
    const gets = this.#gets.get(key) as { open: number; void: number };
    gets.open--;
    if (gets.void-- <= 0) {
      gets.void = 0;
      this.#told.set(key, this.#log(key).length);
    }
  }

  /** The client asks for a key. */
  asked(key: Key): void {
    const gets = this.#gets.get(key) ?? { open: 0, void: 0 };
    gets.open++;
    this.#gets.set(key, gets);
  }

  /** The server sends a hold or a release to this connection. */
  event({ type, key, seq, from, ...rest }: SessionBroadcast | ReleaseBroadcast): void {
    if (!this.#allKeys && !this.#told.has(key)) return;
    const told = this.#told.get(key) ?? 0;
    const next = this.#log(key)[told];
    const value = type === "push" ? JSON.stringify((rest as SessionBroadcast).value) : undefined;
    if (!next || next.seq !== seq || next.from !== from || next.value !== value)
      violated(
        "I13",
        `${this.#name} is told that ${from} holds ${value} for ${key}, with seq ${seq}: not so`,
      );
    this.#told.set(key, told + 1);
  }

  /** From now on, the connection may receive no events of a key. */
  unsubscribed(key: Key): void {
    if (this.#allKeys) return;
    this.#told.delete(key);
    const gets = this.#gets.get(key);
    if (gets) gets.void = gets.open;
  }

  /** Checks that no event was left out. */
  complete(): void {
    for (const { key, seq } of this.#left())
      violated("I13", `${this.#name} is not told of seq ${seq} of ${key}`);
  }

  /**
   * Checks that the room holds back only events that may wait for others (D23).
   *
   * @returns whether it holds any back.
   */
  waits(): boolean {
    const left = this.#left();
    if (!left.every((event) => this.#holds.mayWait(event))) this.complete();
    return left.length > 0;
  }

  /** The next missing event of each key that has one. */
  #left(): HoldEvent[] {
    const keys = this.#allKeys ? (this.#term?.log.keys() ?? []) : this.#told.keys();
    return [...keys].flatMap((key) => this.#log(key)[this.#told.get(key) ?? 0] ?? []);
  }

  #log(key: Key): readonly HoldEvent[] {
    return this.#term?.log.get(key) ?? [];
  }
}

import type { Held } from "driftdb-protocol";

/** A store that follows a key's holds, and may hold a value itself. */
export interface Member {
  /**
   * Holds a value; undefined releases it.
   *
   * @param interval milliseconds: of the values within them, the first and the last are sent. Default 0.
   * @throws {DriftDBError} `bad_value`.
   */
  set(value: unknown, interval?: number): void;
  /** Releases the value, and stops following. */
  leave(): void;
}

/** The holds on a key, as a store needs them. */
export interface Holders {
  /** By the holders' names. */
  readonly entries: ReadonlyMap<string, Held>;
  /** @param onChange called after each change. Each member has a function of its own. */
  join(onChange: () => void): Member;
}

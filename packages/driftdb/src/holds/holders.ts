import type { Held } from "driftdb-protocol";

/** A store that looks at a key's holds, and may hold something itself. */
export interface Member {
  /**
   * Holds a value, or with undefined nothing.
   *
   * @param interval milliseconds: of the values within them, the first and the last are sent. Default 0.
   * @throws {DriftDBError} `bad_value`.
   */
  set(value: unknown, interval?: number): void;
  /** Lets go, and looks no more. */
  leave(): void;
}

/** Who holds what for a key, as a store needs it. */
export interface Holders {
  /** By what tells the holders apart. */
  readonly entries: ReadonlyMap<string, Held>;
  /** Rises with each change. */
  readonly version: number;
  /** @param onChange called after each change. */
  join(onChange: () => void): Member;
}

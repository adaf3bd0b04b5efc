/** The server's hold for this session and one key, as far as this connection knows (S9). */
export interface OwnHold {
  /**
   * The JSON of the value that was sent last on this connection; empty after a release. Undefined if nothing
   * was sent on this connection, and the server may hold a value of an earlier one.
   */
  readonly told: string | undefined;
  /** Whether the server certainly holds nothing. */
  readonly isFree: boolean;
}

export type OwnHoldEvent =
  /** The connection was lost, or there is one again. */
  | "interrupted"
  /** The server holds nothing any more: the session has ended, or the server has answered a release. */
  | "freed"
  /** There is a connection, and it is time to send the wanted value. */
  | "due";

export type OwnHoldEffect = "hold" | "release";

export const FREE: OwnHold = { told: "", isFree: true };

/**
 * The rules of this connection's own hold, without connection and timers of their own.
 *
 * @param wanted the JSON of the value to hold; empty for none.
 * @returns the next state, the same object if nothing changes, and what to send.
 */
export function transition(
  own: OwnHold,
  event: OwnHoldEvent,
  wanted: string,
): readonly [own: OwnHold, effect?: OwnHoldEffect] {
  switch (event) {
    case "interrupted":
      return [own.isFree ? own : { told: undefined, isFree: false }];
    case "freed":
      return [FREE];
    case "due":
      if (wanted === own.told) return [own];
      return [{ told: wanted, isFree: false }, wanted ? "hold" : "release"];
  }
}

import type { Position } from "./cursor.js";

/** The least coordinate: all have three digits, like most positions on a screen. */
const FIRST = 100;
const COUNT = 900;

/** One position of one client. */
export interface Move {
  /** The index of the client. */
  readonly client: number;
  /** The index of the position among those of its client. */
  readonly n: number;
}

/**
 * Positions that encode their client and number: `x` is the number, and `y` rises by one with each position
 * of all clients.
 */
export class Pointers {
  constructor(
    readonly clients: number,
    /** Positions of each client, at most 900. */
    readonly moves: number,
  ) {
    if (moves > COUNT || clients > COUNT)
      throw new RangeError("give at most 900 clients, and 900 positions of each");
  }

  position({ client, n }: Move): Position {
    return { x: FIRST + n, y: FIRST + ((n * this.clients + client) % COUNT) };
  }

  /** @throws {Error} for a position that was never sent. */
  move({ x, y }: Position): Move {
    const n = x - FIRST;
    const client = (((y - FIRST - n * this.clients) % COUNT) + COUNT) % COUNT;
    if (!(n >= 0 && n < this.moves && client < this.clients)) throw new Error(`no client was at ${x}, ${y}`);
    return { client, n };
  }
}

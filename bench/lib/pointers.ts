import type { Position } from "./cursor.js";

/** The least coordinate: all have three digits, as most have on a screen. */
const FIRST = 100;
const COUNT = 900;

/** What one delivery is of. */
export interface Move {
  /** Whose pointer it is. */
  readonly client: number;
  /** Which of its positions. */
  readonly n: number;
}

/**
 * Positions by which their clients and numbers are found again: `x` is the number, and `y` goes on by one with each position
 * of anybody.
 */
export class Pointers {
  constructor(
    readonly clients: number,
    /** Positions of each client, at most 900. */
    readonly moves: number,
  ) {
    if (moves > COUNT || clients > COUNT) throw new RangeError("there are 900 clients and positions at most");
  }

  position({ client, n }: Move): Position {
    return { x: FIRST + n, y: FIRST + ((n * this.clients + client) % COUNT) };
  }

  /** @throws {Error} for a position that nobody has sent. */
  move({ x, y }: Position): Move {
    const n = x - FIRST;
    const client = (((y - FIRST - n * this.clients) % COUNT) + COUNT) % COUNT;
    if (!(n >= 0 && n < this.moves && client < this.clients)) throw new Error(`nobody was at ${x}, ${y}`);
    return { client, n };
  }
}

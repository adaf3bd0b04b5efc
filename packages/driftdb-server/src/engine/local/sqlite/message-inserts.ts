import type { Database } from "libsql";

/** How many rows one statement inserts: calling SQLite takes about as long as what it does for a row. */
const ROWS = 16;

/** A message as it is stored. */
export type MessageRow = readonly [
  room: number,
  key: Uint8Array,
  seq: number,
  snapshot: 0 | 1,
  value: string | Uint8Array,
];

/** Inserts messages, many with one statement. */
export class MessageInserts {
  readonly #one;
  readonly #many;

  constructor(db: Database) {
    this.#one = db.prepare(insert(1));
    this.#many = db.prepare(insert(ROWS));
  }

  run(rows: readonly MessageRow[]): void {
    const together = rows.length - (rows.length % ROWS);
    for (let i = 0; i < together; i += ROWS) {
      const values: unknown[] = [];
      for (let j = i; j < i + ROWS; j++) values.push(...(rows[j] as MessageRow));
      this.#many.run(values);
    }
    for (let i = together; i < rows.length; i++) this.#one.run(rows[i]);
  }
}

function insert(rows: number): string {
  const values = Array<string>(rows).fill("(?, ?, ?, ?, ?)").join(", ");
  return `INSERT INTO messages (room, key, seq, snapshot, value) VALUES ${values}`;
}

import type { Sql, SqlValue, Statement } from "./sql-driver.js";

/** How many rows one statement writes: calling SQLite takes about as long as what it does for a row. */
const ROWS = 16;

export interface RowWriterOptions {
  /** How many values a row has. */
  readonly columns: number;
  /** The statement for many rows, made from their places: `(?, ?), (?, ?)`. */
  readonly many: (rows: string) => string;
  /** The statement for one row. Default: `many` of one. */
  readonly one?: string;
}

/** Writes rows of one form, many with one statement. */
export class RowWriter<Row extends readonly SqlValue[]> {
  readonly #one: Statement<never>;
  readonly #many: Statement<never>;

  constructor(sql: Sql, { columns, many, one }: RowWriterOptions) {
    const row = `(${Array<string>(columns).fill("?").join(", ")})`;
    this.#one = sql.prepare(one ?? many(row));
    this.#many = sql.prepare(many(Array<string>(ROWS).fill(row).join(", ")));
  }

  write(rows: readonly Row[]): void {
    const together = rows.length - (rows.length % ROWS);
    for (let i = 0; i < together; i += ROWS) {
      const values: SqlValue[] = [];
      for (let j = i; j < i + ROWS; j++) values.push(...(rows[j] as Row));
      this.#many.run(values);
    }
    for (let i = together; i < rows.length; i++) this.#one.run(rows[i] as Row);
  }
}

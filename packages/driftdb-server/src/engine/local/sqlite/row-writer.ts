import type { Sql, SqlValue, Statement } from "./sql-driver.js";

/** Rows that one statement writes. A call of SQLite takes about as long as its work for one row. */
const ROWS = 16;

/** Options of a `RowWriter`. */
export interface RowWriterOptions {
  /** Values of a row. */
  readonly columns: number;
  /** Makes the statement for many rows from their placeholders, such as `(?, ?), (?, ?)`. */
  readonly many: (rows: string) => string;
  /** The statement for one row. Default: `many` of one row. */
  readonly one?: string;
}

/** Writes rows of one table, many with one statement. */
export class RowWriter<Row extends readonly SqlValue[]> {
  readonly #one: Statement<never>;
  readonly #many: Statement<never>;

  constructor(sql: Sql, { columns, many, one }: RowWriterOptions) {
    const row = `(${Array<string>(columns).fill("?").join(", ")})`;
    this.#one = sql.prepare(one ?? many(row));
    this.#many = sql.prepare(many(Array<string>(ROWS).fill(row).join(", ")));
  }

  write(rows: readonly Row[]): void {
    const end = rows.length - (rows.length % ROWS);
    for (let i = 0; i < end; i += ROWS) {
      const values: SqlValue[] = [];
      for (let j = i; j < i + ROWS; j++) values.push(...(rows[j] as Row));
      this.#many.run(values);
    }
    for (let i = end; i < rows.length; i++) this.#one.run(rows[i] as Row);
  }
}

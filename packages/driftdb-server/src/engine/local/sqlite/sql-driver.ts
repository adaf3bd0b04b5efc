import Database from "libsql";

/** A value that a statement takes. A number must be an integer of at most 53 bits: larger ones would be rounded. */
export type SqlValue = number | string | Uint8Array | null;

/** A prepared statement whose rows are objects of type `Row`. Bytes come back as an `ArrayBuffer`. */
export interface Statement<Row> {
  run(values: readonly SqlValue[]): void;
  /** The first row; `undefined` if there is none. */
  get(values: readonly SqlValue[]): Row | undefined;
  all(values: readonly SqlValue[]): Row[];
}

/** A connection to one SQLite file. */
export interface Sql {
  /** Text in a row must be UTF-8: anything else ends the process. Bytes that may be damaged are read as a BLOB. */
  prepare<Row = never>(sql: string): Statement<Row>;
  /** Runs statements that take no values. */
  exec(sql: string): void;
  /** Does all of `work` or, if it throws, nothing. `work` is synchronous. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Opens an SQLite file. This is the one file of the package that knows libsql.
 *
 * @param file its path, or a `file:` URI with SQLite's parameters. A file that is missing is made at the first write.
 */
export function openSql(file: string): Sql {
  const db = new Database(file);
  return {
    prepare<Row>(sql: string) {
      return db.prepare(sql) as Statement<Row>;
    },
    exec: (sql) => void db.exec(sql),
    transaction(work) {
      // libsql's own `transaction` rolls back what SQLite has rolled back already, and hides the reason.
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        if (db.inTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => void db.close(),
  };
}

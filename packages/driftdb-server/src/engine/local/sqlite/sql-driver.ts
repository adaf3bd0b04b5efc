import Database from "libsql";

/** A value of a statement. A number must be an integer of at most 53 bits: libsql rounds larger ones. */
export type SqlValue = number | string | Uint8Array | null;

/** A prepared statement. Its rows are objects of type `Row`, in which bytes are an `ArrayBuffer`. */
export interface Statement<Row> {
  run(values: readonly SqlValue[]): void;
  /** The first row. `undefined` if there is none. */
  get(values: readonly SqlValue[]): Row | undefined;
  all(values: readonly SqlValue[]): Row[];
}

/** A connection to one SQLite file. */
export interface Sql {
  /**
   * Prepares a statement. Text in its rows must be UTF-8, since libsql ends the process for any other text.
   * Read text that may be damaged as a BLOB.
   */
  prepare<Row = never>(sql: string): Statement<Row>;
  /** Runs statements without values. */
  exec(sql: string): void;
  /** Runs `work` in a transaction, and rolls back if it throws. `work` is synchronous. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Opens an SQLite file. Only this module of the package uses libsql.
 *
 * @param file a path, or a `file:` URI with SQLite's parameters. The first write makes a missing file.
 */
export function openSql(file: string): Sql {
  const db = new Database(file);
  return {
    prepare<Row>(sql: string) {
      return db.prepare(sql) as Statement<Row>;
    },
    exec: (sql) => void db.exec(sql),
    transaction(work) {
      // libsql's `transaction` rolls back even when SQLite has done so already, and hides the first error.
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

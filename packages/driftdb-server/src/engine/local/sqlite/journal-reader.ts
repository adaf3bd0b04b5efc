import { type JournalCursor, type JournalEntry, JournalError } from "../../journal.js";
import { entryOf, STORED_COLUMNS, type StoredRow } from "./journal-row.js";
import type { Sql } from "./sql-driver.js";

/** The most that one `read` returns. A single entry may be larger. */
export interface ReadLimits {
  /** Default 500. */
  readonly rows?: number;
  /** Bytes of values. Default 1 MiB. */
  readonly bytes?: number;
}

/** The result of one `read`. */
export interface JournalBatch {
  /** Empty at the end of the journal. */
  readonly entries: readonly JournalEntry[];
  /**
   * The position after the entries. A reader that stores it with its results misses nothing after a crash.
   */
  readonly cursor: JournalCursor;
}

/**
 * Reads a file's journal to its end, and then new entries. Only the process that has the file open can use
 * it.
 */
export class JournalReader {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #id: string;
  #position: number;
  /** The reader does not need trimmed entries up to this position. */
  #trimmedBefore: number;

  /**
   * @param id the id of the file's journal.
   * @param after `null` to start at the beginning.
   * @throws {JournalError} when the cursor belongs to another journal.
   */
  constructor(sql: Sql, id: string, after: JournalCursor | null) {
    this.#statements = prepare(sql);
    this.#id = id;
    if (after && after.journal !== id) {
      const message = `the cursor belongs to the journal ${after.journal}, and this is ${id}: start over`;
      throw new JournalError("other_journal", message);
    }
    const start = this.#fact("journal_start");
    this.#position = after ? after.position : start;
    this.#trimmedBefore = after ? after.position : Math.max(start, this.#fact("journal_trimmed"));
  }

  /**
   * Reads the next entries.
   *
   * @throws {JournalError} when the next entries were trimmed, or the next one is damaged.
   */
  read({ rows = 500, bytes = 1 << 20 }: ReadLimits = {}): JournalBatch {
    this.#check();
    const { fitting = 0 } = this.#statements.fitting.get([this.#position, rows, bytes]) ?? {};
    const entries: JournalEntry[] = [];
    for (const row of this.#statements.rows.all([this.#position, Math.max(1, fitting)])) {
      const entry = entryOf(row);
      if (!entry) {
        // The entries before the damaged one are returned first. The next `read` throws.
        if (entries.length > 0) break;
        const message = `the journal's entry ${row.position} is damaged: start after it to skip it`;
        throw new JournalError("damaged", message, row.position);
      }
      entries.push(entry);
    }
    this.#position = entries.at(-1)?.position ?? this.#position;
    return { entries, cursor: { journal: this.#id, position: this.#position } };
  }

  #check(): void {
    const trimmed = this.#fact("journal_trimmed");
    if (trimmed > Math.max(this.#position, this.#trimmedBefore)) {
      const message = `entries after position ${this.#position}, up to ${trimmed}, were trimmed: start over`;
      throw new JournalError("trimmed", message);
    }
    const newest = this.#statements.newest.get([])?.seq ?? 0;
    if (this.#position > newest) {
      const message = `the cursor is at ${this.#position}, but the newest entry is ${newest}: start over`;
      throw new JournalError("ahead", message);
    }
  }

  #fact(name: string): number {
    return this.#statements.fact.get([name])?.value ?? 0;
  }
}

function prepare(sql: Sql) {
  const following = "FROM journal WHERE position > ? ORDER BY position LIMIT ?";
  return {
    fact: sql.prepare<{ value: number }>("SELECT value FROM file WHERE fact = ?"),
    newest: sql.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'journal'"),
    fitting: sql.prepare<{ fitting: number }>(`
      SELECT count(*) AS fitting
      FROM (SELECT sum(octet_length(value)) OVER (ORDER BY position) AS bytes ${following})
      WHERE coalesce(bytes, 0) <= ?
    `),
    rows: sql.prepare<StoredRow>(`SELECT ${STORED_COLUMNS} ${following}`),
  };
}

import { type JournalCursor, type JournalEntry, JournalError } from "../../journal.js";
import { entryOf, STORED_COLUMNS, type StoredRow } from "./journal-row.js";
import type { Sql } from "./sql-driver.js";

/** What one call of `read` returns at most: a single entry may be larger. */
export interface ReadLimits {
  /** Default 500. */
  readonly rows?: number;
  /** Bytes of values. Default 1 MiB. */
  readonly bytes?: number;
}

export interface JournalBatch {
  /** Empty where there is nothing more yet. */
  readonly entries: readonly JournalEntry[];
  /** After the last of them. A reader that keeps it with what it has done misses nothing after a crash. */
  readonly cursor: JournalCursor;
}

/** Reads a file's journal to its end, and goes on as it grows. It belongs to the process that has the file open. */
export class JournalReader {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #id: string;
  #position: number;
  /** Entries up to here may be gone: a reader that starts over does not miss them. */
  #mayMiss: number;

  /**
   * @param id the file's journal.
   * @param after `null` to start over.
   * @throws {JournalError} when the cursor is of another journal.
   */
  constructor(sql: Sql, id: string, after: JournalCursor | null) {
    this.#statements = prepare(sql);
    this.#id = id;
    if (after && after.journal !== id) {
      const message = `the cursor is of the journal ${after.journal}, and this is ${id}: start over`;
      throw new JournalError("other_journal", message);
    }
    const start = this.#fact("journal_start");
    this.#position = after ? after.position : start;
    this.#mayMiss = after ? after.position : Math.max(start, this.#fact("journal_trimmed"));
  }

  /**
   * Reads what follows.
   *
   * @throws {JournalError} when it is gone, or the next entry is damaged.
   */
  read({ rows = 500, bytes = 1 << 20 }: ReadLimits = {}): JournalBatch {
    this.#check();
    const { fitting = 0 } = this.#statements.fitting.get([this.#position, rows, bytes]) ?? {};
    const entries: JournalEntry[] = [];
    for (const row of this.#statements.rows.all([this.#position, Math.max(1, fitting)])) {
      const entry = entryOf(row);
      if (!entry) {
        // The entries before it first.
        if (entries.length > 0) break;
        const message = `the journal's entry ${row.position} is damaged: its checksum is another`;
        throw new JournalError("damaged", message, row.position);
      }
      entries.push(entry);
    }
    this.#position = entries.at(-1)?.position ?? this.#position;
    return { entries, cursor: { journal: this.#id, position: this.#position } };
  }

  #check(): void {
    const trimmed = this.#fact("journal_trimmed");
    if (trimmed > Math.max(this.#position, this.#mayMiss)) {
      const message = `entries after ${this.#position} are gone, up to ${trimmed}: start over`;
      throw new JournalError("trimmed", message);
    }
    const newest = this.#statements.newest.get([])?.seq ?? 0;
    if (this.#position > newest) {
      const message = `the cursor is at ${this.#position}, and the newest entry at ${newest}: start over`;
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

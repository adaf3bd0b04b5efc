import type { Key } from "driftdb-protocol";
import type { Commit } from "../../../core/commit.js";
import { newJournalId } from "../../ids.js";
import { entriesOf, type JournalCursor } from "../../journal.js";
import type { Payload } from "../../payload.js";
import { JournalReader } from "./journal-reader.js";
import { COLUMNS, type NewRow, rowOf } from "./journal-row.js";
import { RowWriter } from "./row-writer.js";
import type { Sql } from "./sql-driver.js";

/** The most that one step of `trim` and `erase` reads. A single entry may be larger. */
const STEP = { rows: 500, bytes: 1 << 20 };

/** Entries that `trim` and `erase` never delete. */
const MARKERS = "('removed', 'erased')";

/** The end of a `trim`: the first entry with this position, or not before this time. */
export type TrimBefore = { readonly position: number } | { readonly time: number };

/**
 * The journal of an SQLite file (see ../../journal.ts): the table `journal`, and these rows of the table
 * `file`:
 *
 * - `journal`: the journal's id, while the journal is on. A server that opens the file with its journal off
 *   deletes the id. The next server with the journal on begins another journal with a new id, so a cursor
 *   never skips a gap.
 * - `journal_start`: the position after which this journal begins. Earlier entries belong to a former
 *   journal. Readers skip them, and `trim` deletes them like others.
 * - `journal_trimmed`: the position up to which `trim` has deleted all entries except markers.
 *
 * Markers are the entries `removed` and `erased`, which stay.
 */
export class SqliteJournal {
  readonly id: string;
  readonly #sql: Sql;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #rows: RowWriter<NewRow>;

  /** Continues the file's journal, or begins one. */
  constructor(sql: Sql) {
    this.#sql = sql;
    this.#statements = prepare(sql);
    this.#rows = new RowWriter(sql, {
      columns: 11,
      many: (rows) => `INSERT INTO journal (${COLUMNS}) VALUES ${rows}`,
    });
    this.id = idIn(sql) ?? sql.transaction(() => this.#begin());
  }

  /** Ends the file's journal, if it has one. */
  static end(sql: Sql): void {
    if (idIn(sql) === undefined) return;
    sql.exec("DELETE FROM file WHERE fact IN ('journal', 'journal_start')");
  }

  /** Writes the entries of commits. Call it in their transaction. */
  append(commits: readonly Commit<Payload>[]): void {
    const rows: NewRow[] = [];
    for (const commit of commits) for (const entry of entriesOf(commit)) rows.push(rowOf(entry));
    this.#rows.write(rows);
  }

  /**
   * Makes a reader of the entries after a cursor.
   *
   * @param after `null` to start at the beginning: with the markers that `trim` has left, then the oldest
   * entry.
   */
  reader(after: JournalCursor | null): JournalReader {
    return new JournalReader(this.#sql, this.id, after);
  }

  /**
   * Deletes the oldest entries, in steps of a few milliseconds. A reader that has not read them must start
   * over. Rooms and their streams do not change.
   *
   * @returns the number of deleted entries.
   */
  *trim(before: TrimBefore): Generator<void, number> {
    const isDue = ({ position, time }: { position: number; time: number }) =>
      "time" in before ? time < before.time : position < before.position;
    let deleted = 0;
    for (;;) {
      const from = this.#fact("journal_trimmed");
      const rows = this.#statements.oldest.all([from, STEP.rows, STEP.bytes]);
      const end = rows.findIndex((row) => !isDue(row));
      const last = rows.at(end < 0 ? -1 : end - 1);
      if (rows.length === 0 || end === 0 || !last) return deleted;
      deleted += this.#sql.transaction(() => {
        this.#statements.setFact.run(["journal_trimmed", last.position]);
        this.#statements.trim.run([from, last.position]);
        return this.#changes();
      });
      if (end > 0) return deleted;
      yield;
    }
  }

  /**
   * Erases the entries of a room, or of one of its keys, in steps of a few milliseconds. It first appends an
   * `erased` entry, which asks readers to delete their copies of entries at lower positions. After a crash
   * midway, call it again. Erased bytes may stay in free pages of the file until SQLite uses these again.
   *
   * @param key `null` for all keys, and for the entry that created the room.
   * @param time milliseconds since 1970.
   * @returns the number of erased entries.
   */
  *erase(room: string, key: Key | null, time: number): Generator<void, number> {
    const marker = { room, life: "", number: 0, part: 0, action: "erased", key, seq: null } as const;
    this.#rows.write([rowOf({ ...marker, value: null, from: null, time })]);
    const end = this.#newest();
    const bytes = key === null ? null : Buffer.from(key);
    let erased = 0;
    for (let from = 0; ; ) {
      yield;
      const last = this.#statements.oldest.all([from, STEP.rows, STEP.bytes]).at(-1)?.position ?? end;
      this.#statements.erase.run([from, Math.min(last, end), room, bytes, bytes]);
      erased += this.#changes();
      if (last >= end) return erased;
      from = last;
    }
  }

  #begin(): string {
    const id = newJournalId();
    this.#statements.setFact.run(["journal", id]);
    this.#statements.setFact.run(["journal_start", this.#newest()]);
    return id;
  }

  /** The newest position that any entry has had. */
  #newest(): number {
    return this.#statements.newest.get([])?.seq ?? 0;
  }

  #changes(): number {
    return this.#statements.changes.get([])?.n ?? 0;
  }

  #fact(name: string): number {
    return this.#statements.fact.get([name])?.value ?? 0;
  }
}

/** The id of the file's journal. `undefined` while its journal is off. */
function idIn(sql: Sql): string | undefined {
  return sql.prepare<{ value: string }>("SELECT value FROM file WHERE fact = 'journal'").get([])?.value;
}

function prepare(sql: Sql) {
  return {
    fact: sql.prepare<{ value: number }>("SELECT value FROM file WHERE fact = ?"),
    setFact: sql.prepare("INSERT OR REPLACE INTO file (fact, value) VALUES (?, ?)"),
    newest: sql.prepare<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'journal'"),
    changes: sql.prepare<{ n: number }>("SELECT changes() AS n"),
    oldest: sql.prepare<{ position: number; time: number }>(`
      SELECT position, time FROM (
        SELECT position, time, size, sum(size) OVER (ORDER BY position) AS bytes FROM (
          SELECT position, time, coalesce(octet_length(value), 0) AS size
          FROM journal WHERE position > ? ORDER BY position LIMIT ?
        )
      ) WHERE bytes - size < ?
    `),
    trim: sql.prepare(
      `DELETE FROM journal WHERE position > ? AND position <= ? AND action NOT IN ${MARKERS}`,
    ),
    erase: sql.prepare(`
      DELETE FROM journal
      WHERE position > ? AND position <= ? AND room = ? AND (? IS NULL OR key = ?) AND action NOT IN ${MARKERS}
    `),
  };
}

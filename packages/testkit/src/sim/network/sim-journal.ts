import {
  type Commit,
  entriesOf,
  type JournalCursor,
  type JournalEntry,
  JournalError,
  type Payload,
} from "driftdb-server/internal";

/** The entries that follow a cursor, and the cursor after them. */
export interface SimBatch {
  readonly entries: readonly JournalEntry[];
  readonly cursor: JournalCursor;
}

/**
 * The journal of a simulated disk. The entries are the server's own; only the rows of SQLite are left out.
 */
export class SimJournal {
  readonly #entries: JournalEntry[];

  constructor(
    readonly id: string,
    entries: readonly JournalEntry[] = [],
  ) {
    this.#entries = [...entries];
  }

  /** The position of the newest entry: positions are 1, 2, 3 … */
  get newest(): number {
    return this.#entries.length;
  }

  /** Appends the entries of commits, together with their rows. */
  append(commits: readonly Commit<Payload>[]): void {
    for (const commit of commits)
      for (const entry of entriesOf(commit)) this.#entries.push({ ...entry, position: this.newest + 1 });
  }

  /** A journal with the same entries. */
  copy(id = this.id): SimJournal {
    return new SimJournal(id, this.#entries);
  }

  /**
   * Reads what follows a cursor; `null` starts over.
   *
   * @throws {JournalError} when the cursor is not of this journal.
   */
  read(after: JournalCursor | null, rows: number): SimBatch {
    const { id, newest } = this;
    const position = after?.position ?? 0;
    if (after && after.journal !== id) throw new JournalError("other_journal", `this is ${id}: start over`);
    if (position > newest) throw new JournalError("ahead", `the newest entry is ${newest}: start over`);
    const entries = this.#entries.slice(position, position + rows);
    return { entries, cursor: { journal: id, position: position + entries.length } };
  }
}

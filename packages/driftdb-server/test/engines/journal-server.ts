import { onTestFinished } from "vitest";
import type { JournalCursor, JournalEntry } from "../../src/engine/journal.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import type { JournalReader } from "../../src/engine/local/sqlite/journal-reader.js";
import type { SqliteJournal } from "../../src/engine/local/sqlite/sqlite-journal.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { ManualClock } from "../manual-clock.js";
import { TestHost } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";

/** An engine on a directory, with the journal on or off. */
export class JournalServer {
  readonly clock = new ManualClock();
  readonly store: SqliteStore;
  readonly engine: LocalEngine;
  #closed: Promise<void> | undefined;

  constructor(
    readonly directory = temporaryDirectory(),
    journal = true,
  ) {
    this.store = new SqliteStore(directory, { journal });
    this.engine = new LocalEngine(this.store, {
      limits: DEFAULT_LIMITS,
      clock: this.clock,
      onError: () => {},
    });
    onTestFinished(() => this.close());
  }

  get journal(): SqliteJournal {
    if (!this.store.journal) throw new Error("the journal is off");
    return this.store.journal;
  }

  async newRoom(name: string): Promise<TestHost> {
    await this.engine.create(name);
    return TestHost.open(this.engine, name);
  }

  close(): Promise<void> {
    this.#closed ??= this.engine.close();
    return this.#closed;
  }
}

/** Reads a journal to its end, in batches. */
export function readAll(
  reader: JournalReader,
  rows?: number,
): { entries: JournalEntry[]; cursor: JournalCursor } {
  const all: JournalEntry[] = [];
  for (;;) {
    const { entries, cursor } = reader.read(rows === undefined ? {} : { rows });
    if (entries.length === 0) return { entries: all, cursor };
    for (const entry of entries) {
      const newest = all.at(-1)?.position ?? 0;
      if (entry.position <= newest) throw new Error(`${entry.position} comes after ${newest}`);
      all.push(entry);
    }
  }
}

/** The main fields of an entry. */
export const brief = ({ action, key, seq, value, from }: JournalEntry) => [
  action,
  key,
  seq,
  value?.value,
  from,
];
export const briefs = (journal: SqliteJournal, after: JournalCursor | null = null) =>
  readAll(journal.reader(after)).entries.map(brief);
export const identity = ({ room, life, number, part }: JournalEntry) => `${room} ${life} ${number} ${part}`;

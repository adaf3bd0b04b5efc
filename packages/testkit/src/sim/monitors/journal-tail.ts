import { type JournalCursor, JournalError } from "driftdb-server/internal";
import type { Random } from "../network/random.js";
import type { Disk, DiskRoom } from "../network/sim-disk.js";
import type { SimBatch } from "../network/sim-journal.js";
import type { Machine } from "../network/virtual-clock.js";
import { JournalFold } from "./journal-fold.js";
import type { Ledger } from "./ledger.js";

/** Entries of a batch at most. */
const MOST = 20;

/**
 * A reader that follows the journal from its start (I14). It lives in the server's process, and crashes with
 * it. What it has done outlives a crash, and so does its cursor, which it keeps a moment later: then it meets
 * entries again.
 */
export class JournalTail {
  /** How many entries it has taken, how many of them again, and how often it has started over. */
  readonly counts = { entries: 0, again: 0, startedOver: 0 };
  readonly #disk: Disk;
  readonly #ledger: Ledger;
  readonly #random: Random;
  #fold: JournalFold;
  #kept: JournalCursor | null = null;
  /** Where it is now; lost in a crash. */
  #at: JournalCursor | null = null;
  #machine: Machine | undefined;

  /** @param random its own: the schedule is the same without it. */
  constructor(disk: Disk, ledger: Ledger, random: Random) {
    this.#disk = disk;
    this.#ledger = ledger;
    this.#random = random;
    this.#fold = new JournalFold(ledger);
  }

  /** Called after each step while the server runs on this machine: sometimes reads a batch. */
  look(machine: Machine, room: DiskRoom): void {
    if (!this.#random.chance(0.03)) return;
    if (machine !== this.#machine) {
      this.#machine = machine;
      this.#at = this.#kept;
    }
    const batch = this.#read(this.#random.int(1, MOST));
    if (!batch) return;
    if (this.#random.chance(0.1)) this.#crashIn(batch);
    else this.#finish(batch, room);
  }

  /** At rest, it knows all that is retained. */
  checkAtRest(room: DiskRoom): void {
    for (let batch = this.#read(MOST); !batch || batch.entries.length > 0; batch = this.#read(MOST))
      if (batch) this.#finish(batch, room);
    this.#fold.checkAtRest(room);
  }

  /** @returns nothing where it has to start over. */
  #read(rows: number): SimBatch | undefined {
    try {
      return this.#disk.journal.read(this.#at, rows);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.counts.startedOver++;
      this.#fold = new JournalFold(this.#ledger);
      this.#at = this.#kept = null;
      return undefined;
    }
  }

  /** It crashes after some entries, and before it keeps the cursor. */
  #crashIn(batch: SimBatch): void {
    this.#take(batch, this.#random.int(0, batch.entries.length));
    this.#at = this.#kept;
  }

  #finish(batch: SimBatch, room: DiskRoom): void {
    this.#take(batch, batch.entries.length);
    this.#at = batch.cursor;
    if (this.#random.chance(0.7)) this.#kept = this.#at;
    if (this.#at.position === this.#disk.journal.newest) this.#fold.compare(room);
  }

  #take({ entries }: SimBatch, count: number): void {
    for (const entry of entries.slice(0, count)) {
      this.counts.entries++;
      if (!this.#fold.take(entry)) this.counts.again++;
    }
  }
}

import type { HoldLedger } from "./monitors/hold-ledger.js";
import type { JournalTail } from "./monitors/journal-tail.js";
import type { Ledger } from "./monitors/ledger.js";
import type { Random } from "./network/random.js";
import type { Disk } from "./network/sim-disk.js";
import type { Machine, VirtualClock } from "./network/virtual-clock.js";

/** The objects that all parts of one run share. */
export interface SimWorld {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly disk: Disk;
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
  readonly journal: JournalTail;
  /** The sending time of each relay. */
  readonly relays: Map<string, number>;
  readonly now: () => number;
  /** Whether the server loses data in this run, and with it some acknowledged messages (S13). */
  readonly lossy: boolean;
}

/** The machine of the faults and the schedule. It never crashes. */
export const WORLD: Machine = { name: "world", alive: true };

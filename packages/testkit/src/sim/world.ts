import type { HoldLedger } from "./monitors/hold-ledger.js";
import type { Ledger } from "./monitors/ledger.js";
import type { Random } from "./network/random.js";
import type { Disk } from "./network/sim-disk.js";
import type { Machine, VirtualClock } from "./network/virtual-clock.js";

/** What all of one run share. */
export interface SimWorld {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly disk: Disk;
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
  /** When each relay was sent. */
  readonly relays: Map<string, number>;
  readonly now: () => number;
  /** Whether the server loses data in this run: then not all of what was done is there in the end (S13). */
  readonly lossy: boolean;
}

/** Whose faults and chances happen to the others. */
export const WORLD: Machine = { name: "world", alive: true };

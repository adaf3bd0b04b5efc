import { CLOSE_NORMAL, SESSION_VERSION } from "driftdb-protocol";
import { Cast } from "./actors/cast.js";
import { LOG, REDUCERS, SIZE_THRESHOLD, WIPED } from "./actors/sim-client.js";
import { Faults } from "./faults.js";
import { HoldLedger } from "./monitors/hold-ledger.js";
import { JournalTail } from "./monitors/journal-tail.js";
import { Ledger } from "./monitors/ledger.js";
import { Random } from "./network/random.js";
import { Disk } from "./network/sim-disk.js";
import { type Machine, VirtualClock } from "./network/virtual-clock.js";
import { Site, URL_OF_ROOM } from "./server/site.js";
import { Violation, violated } from "./violation.js";
import { type SimWorld, WORLD } from "./world.js";

/** The counts of one schedule. */
export interface Report {
  readonly seed: number;
  readonly steps: number;
  readonly cuts: number;
  readonly crashes: number;
  readonly reloads: number;
  readonly actions: number;
  /** Holds and releases that the room has announced (S9). */
  readonly holds: number;
  readonly releases: number;
  /** Compactions that the room applied, and those that reducers have sent. */
  readonly compactions: number;
  readonly compactionsSent: number;
  /** Sent compactions that repeated one of another client (I11). */
  readonly repeated: number;
  /** Entries that the journal's reader took, again, and how often it had to start over (I14). */
  readonly entries: number;
  readonly again: number;
  readonly startedOver: number;
}

/** Turns of the microtask queue: more than any chain of promises in the code needs. */
const TURNS = 12;
/** Virtual ms of actions and faults, and then at most until all clients are at rest. */
const BUSY = 10_000;
const REST = 240_000;
/** Virtual ms within which both sides notice a dead connection (S11), and its holds are released (S9). */
const HEALED = 75_000;
/** Virtual ms of a round trip at most, including the client's own pause. */
const ROUND_TRIP = 2_000;
/** Virtual ms between two checks for rest. */
const LOOK = 50;
/** Virtual ms at rest in which compactions may still follow (S8), and then in which none may (I11). */
const LAST_COMPACTIONS = 3_000;
const QUIET = 10_000;
/** Compactions of a run that two clients may both send. */
const MOST_REPEATED = 4;
/** Virtual ms after which a server without clients has no timers left (I12). */
const EMPTY = 90_000;

/**
 * One run of the real client and server on a virtual clock, network and disk. The same seed gives the same
 * run.
 */
export class Simulation {
  readonly #clock = new VirtualClock();
  readonly #random: Random;
  readonly #world: SimWorld;
  readonly #site: Site;
  readonly #cast: Cast;
  readonly #faults: Faults;
  #busy = true;
  #steps = 0;
  #actions = 0;

  constructor(readonly seed: number) {
    const clock = this.#clock;
    const now = () => clock.now;
    this.#random = new Random(seed);
    const disk = new Disk();
    const ledger = new Ledger(disk);
    this.#world = {
      clock,
      random: this.#random,
      disk,
      ledger,
      holds: new HoldLedger(now),
      journal: new JournalTail(disk, ledger, new Random(~seed)),
      relays: new Map(),
      now,
      lossy: this.#random.chance(0.1),
    };
    this.#site = new Site(this.#world);
    this.#cast = new Cast(this.#world, this.#site);
    this.#faults = new Faults(this.#world, this.#site, this.#cast);
  }

  /** @throws {Violation} that names the seed and the invariant. */
  async run(): Promise<Report> {
    const undo = this.#clock.install(() => this.#random.next());
    Violation.first = undefined;
    try {
      this.#site.open();
      this.#cast.start(BUSY);
      this.#schedule(() => (this.#actions += this.#cast.act()), 5, 250);
      this.#schedule(() => this.#faults.strike(), 100, 2_200);
      if (this.#world.lossy) {
        this.#clock.after(this.#random.int(0, BUSY / 2), () => this.#faults.backUp(), WORLD);
        this.#clock.after(this.#random.int(BUSY / 2, BUSY), () => this.#faults.loseData(), WORLD);
      }
      while (this.#clock.now < BUSY) await this.#step();
      await this.#rest();
      await this.#empty();
      const { compactions } = this.#world.ledger;
      const { holds, releases } = this.#world.holds;
      const { wires } = this.#site;
      return {
        seed: this.seed,
        steps: this.#steps,
        ...this.#faults.counts,
        actions: this.#actions,
        holds,
        releases,
        compactions,
        compactionsSent: wires.compactions,
        repeated: wires.repeated,
        ...this.#world.journal.counts,
      };
    } catch (error) {
      const first = Violation.first ?? error;
      const what = first instanceof Violation ? first.message : ((first as Error).stack ?? String(first));
      throw new Violation(`seed ${this.seed}, at ${Math.round(this.#clock.now)} ms: ${what}`);
    } finally {
      undo();
    }
  }

  async #step(): Promise<void> {
    if (!this.#clock.step()) violated("I9", "nothing is ever going to happen any more");
    this.#steps++;
    // Runs all promises that continue after this step.
    for (let turn = 0; turn < TURNS; turn++) await null;
    if (Violation.first) throw Violation.first;
    this.#site.check();
    this.#cast.check();
  }

  async #until(time: number): Promise<void> {
    while (this.#clock.now < time) await this.#step();
  }

  /** I9, I11: after the faults, all clients come to agree, and all activity ends. */
  async #rest(): Promise<void> {
    this.#busy = false;
    this.#faults.end();
    this.#cast.connect();
    await this.#comeToRest("I9", REST);
    const since = this.#clock.now;
    await this.#until(this.#clock.now + LAST_COMPACTIONS);
    await this.#comeToRest("I9", REST);
    const { wires, room } = this.#site;
    const sent = wires.compactions;
    await this.#until(this.#clock.now + QUIET);
    if (wires.compactions > sent) violated("I11", "compactions go on where nothing happens");
    // About one compaction per threshold. Two clients rarely send the same one.
    const most = this.#actions / SIZE_THRESHOLD + 5;
    const { repeated } = wires;
    if (sent > most || repeated > MOST_REPEATED)
      violated("I11", `${sent} compactions, ${repeated} of them again, for ${this.#actions} actions`);
    for (const client of this.#cast.clients) client.checkAtRest();
    // Now no connection is half-open, and no client waits for holds of an earlier term. All clients see all
    // holds within a round trip.
    await this.#until(since + HEALED);
    await this.#comeToRest("I9", REST);
    this.#cast.wave();
    await this.#comeToRest("I13", ROUND_TRIP);
    await this.#comeFromAnotherLife();
    for (const key of [...REDUCERS, WIPED]) this.#world.ledger.checkFold(key, room);
    this.#world.journal.checkAtRest(room);
  }

  /** S7: a client that resumes with a seq of another epoch must start over. */
  async #comeFromAnotherLife(): Promise<void> {
    const rows = this.#site.room.rows.filter(({ key }) => key === LOG);
    const seq = rows.at(-1)?.seq;
    if (seq === undefined) return;
    let given: string | undefined;
    const machine: Machine = { name: "revenant", alive: true };
    const end = this.#site.dial(`${URL_OF_ROOM}?v=${SESSION_VERSION}&cid=revenant-of-another-life`, machine);
    end.onopen = () => end.send(JSON.stringify({ type: "get", key: LOG, seq, epoch: "another life" }));
    end.onmessage = ({ data }) => {
      const { type, reset, data: all } = JSON.parse(data as string);
      if (type === "init") given = `${reset} ${all.length}`;
    };
    const deadline = this.#clock.now + QUIET;
    while (end.readyState < 2 && given === undefined && this.#clock.now < deadline) await this.#step();
    // The connection may get lost, which is no violation.
    if (end.readyState < 2 && given !== `true ${rows.length}`)
      violated("S7", `a client of another epoch is given ${given}, and not all of ${rows.length}`);
    this.#clock.as(machine, () => end.close(CLOSE_NORMAL));
  }

  async #comeToRest(invariant: string, within: number): Promise<void> {
    const deadline = this.#clock.now + within;
    for (let unrest = this.#cast.unrest(); unrest; unrest = this.#cast.unrest()) {
      if (this.#clock.now > deadline) violated(invariant, `not at rest: ${unrest}`);
      await this.#until(this.#clock.now + LOOK);
    }
  }

  /** I12: an empty room leaves no timers behind, and keeps its newest seq (M1). */
  async #empty(): Promise<void> {
    this.#cast.disperse();
    const deadline = this.#clock.now + EMPTY;
    this.#clock.after(EMPTY + 1, () => {}, WORLD);
    const { clients, gone } = this.#cast;
    const machines = [this.#site.server, ...clients, ...gone].map(({ machine }) => machine);
    for (const machine of machines) {
      while (this.#clock.awaits(machine)) {
        if (this.#clock.now > deadline)
          violated("I12", `${machine.name} still has something to do for nobody`);
        await this.#step();
      }
    }
    this.#world.holds.checkEmpty();
    const { head } = this.#site.room;
    const { newest } = this.#world.ledger;
    if (head < newest) violated("M1", `seq ${head} is on the disk, and ${newest} was seen`);
  }

  #schedule(what: () => void, least: number, most: number): void {
    const again = () => {
      if (!this.#busy) return;
      what();
      this.#clock.after(this.#random.int(least, most), again, WORLD);
    };
    this.#clock.after(this.#random.int(least, most), again, WORLD);
  }
}

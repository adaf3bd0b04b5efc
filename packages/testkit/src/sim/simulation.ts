import { Ledger, Violation, violated } from "./ledger.js";
import { type ClientEnd, Link } from "./network.js";
import { Random } from "./random.js";
import { LOG, REDUCERS, SIZE_THRESHOLD, SimClient, type SimWorld, STATE, WIPED } from "./sim-client.js";
import { SimPlain } from "./sim-plain.js";
import { type CrashPoint, SimServer } from "./sim-server.js";
import { Disk, type DiskRoom } from "./sim-store.js";
import { SimStubborn } from "./sim-stubborn.js";
import { type Machine, VirtualClock } from "./virtual-clock.js";
import { WireMonitor, type Wires } from "./wire-monitor.js";

/** What a schedule did, for the record. */
export interface Report {
  readonly seed: number;
  readonly steps: number;
  readonly cuts: number;
  readonly crashes: number;
  readonly actions: number;
  /** Compactions that were applied, and how many the reducers have sent. */
  readonly compactions: number;
  readonly compactionsSent: number;
  /** Those of them that another client had sent, too (I11). */
  readonly repeated: number;
}

const ROOM = "room";
const URL_OF_ROOM = `ws://server/room/${ROOM}/connect`;
const CLIENTS = 3;
/** More turns of the microtask queue than any chain of promises in the code takes. */
const TURNS = 12;
/** How long things happen, and then at most until all is at rest: virtual ms. */
const BUSY = 10_000;
const REST = 240_000;
/** How long, at rest, compactions may still go out (S8), and then none may (I11). */
const LAST_COMPACTIONS = 3_000;
const QUIET = 10_000;
/** How many compactions of a run may be sent by two clients. */
const MOST_REPEATED = 4;
/** Within this, a server whose clients have all left has nothing to do any more (I12). */
const EMPTY = 90_000;

/** One run of the real client and server code on a virtual clock, network and disk. The same seed, the same run. */
export class Simulation {
  readonly #clock = new VirtualClock();
  readonly #random: Random;
  readonly #disk = new Disk();
  readonly #ledger = new Ledger(this.#disk);
  readonly #links = new Set<Link>();
  readonly #clients: SimClient[] = [];
  readonly #world: SimWorld;
  readonly #wires: Wires;
  #plain: SimPlain | undefined;
  #stubborn: SimStubborn | undefined;
  #server: SimServer;
  #lives = 0;
  /** The network is down until then. */
  #outage = 0;
  #lost = false;
  #busy = true;
  #counts = { steps: 0, cuts: 0, crashes: 0, actions: 0 };

  constructor(readonly seed: number) {
    this.#random = new Random(seed);
    this.#server = this.#startServer();
    this.#disk.rooms.set(ROOM, { epoch: "epoch 1", head: 0, rows: [], sessions: new Map() });
    const now = () => this.#clock.now;
    const relays = new Map<string, number>();
    const lossy = this.#random.chance(0.1);
    this.#world = { ledger: this.#ledger, random: this.#random, relays, now, lossy };
    const current = new Map<string, WireMonitor>();
    const { committed } = this.#disk;
    this.#disk.committed = (writes, room) => {
      committed(writes, room);
      for (const [cid, { acked }] of room.sessions) current.get(cid)?.committed(acked);
    };
    this.#wires = {
      ledger: this.#ledger,
      disk: () => this.#room,
      now,
      current,
      relays,
      compactions: 0,
      tried: new Map(),
      repeated: 0,
    };
  }

  /** @throws {Violation} of an invariant, naming the seed. */
  async run(): Promise<Report> {
    const undo = this.#clock.install(() => this.#random.next());
    Violation.first = undefined;
    try {
      for (let i = 0; i < CLIENTS; i++) {
        const late = i < CLIENTS - 1 ? 0 : this.#random.int(0, BUSY);
        this.#clock.after(late, () => this.#startClient(`client ${i}`), WORLD);
      }
      this.#startPlain();
      this.#startStubborn();
      this.#schedule(() => this.#act(), 5, 250);
      this.#schedule(() => this.#disturb(), 100, 2_200);
      if (this.#world.lossy) {
        this.#clock.after(this.#random.int(0, BUSY / 2), () => this.#backUp(), WORLD);
        this.#clock.after(this.#random.int(BUSY / 2, BUSY), () => this.#loseData(), WORLD);
      }
      while (this.#clock.now < BUSY) await this.#step();
      await this.#rest();
      await this.#empty();
      const { compactions } = this.#ledger;
      return {
        seed: this.seed,
        ...this.#counts,
        compactions,
        compactionsSent: this.#wires.compactions,
        repeated: this.#wires.repeated,
      };
    } catch (error) {
      const first = Violation.first ?? error;
      const what = first instanceof Violation ? first.message : ((first as Error).stack ?? String(first));
      throw new Violation(`seed ${this.seed}, at ${Math.round(this.#clock.now)} ms: ${what}`);
    } finally {
      undo();
    }
  }

  get #room(): DiskRoom {
    return this.#disk.rooms.get(ROOM) as DiskRoom;
  }

  async #step(): Promise<void> {
    if (!this.#clock.step()) violated("I9", "nothing is ever going to happen any more");
    this.#counts.steps++;
    // All that promises do on behalf of this step.
    for (let turn = 0; turn < TURNS; turn++) await null;
    if (Violation.first) throw Violation.first;
    if (this.#server.failed) throw this.#server.failed;
    for (const client of this.#clients) client.check();
  }

  async #until(time: number): Promise<void> {
    while (this.#clock.now < time) await this.#step();
  }

  /** I9, I11: after the faults, all comes to agree, and nothing goes on for ever. */
  async #rest(): Promise<void> {
    this.#busy = false;
    this.#outage = 0;
    // Crashes that were still to come do not come any more.
    this.#restart();
    const plain = this.#plain as SimPlain;
    this.#clock.as(plain.machine, () => plain.connect());
    const stubborn = this.#stubborn as SimStubborn;
    this.#clock.as(stubborn.machine, () => stubborn.connect());
    for (const client of this.#clients) this.#clock.as(client.machine, () => client.connect());
    await this.#comeToRest();
    await this.#until(this.#clock.now + LAST_COMPACTIONS);
    await this.#comeToRest();
    const sent = this.#wires.compactions;
    await this.#until(this.#clock.now + QUIET);
    if (this.#wires.compactions > sent) violated("I11", "compactions go on where nothing happens");
    // About one per threshold: that another client sends the same one is the exception.
    const { actions } = this.#counts;
    const most = actions / SIZE_THRESHOLD + 5;
    const { repeated } = this.#wires;
    if (sent > most || repeated > MOST_REPEATED)
      violated("I11", `${sent} compactions, ${repeated} of them again, for ${actions} actions`);
    for (const client of this.#clients) client.checkAtRest();
    await this.#comeFromAnotherLife();
    for (const key of [...REDUCERS, WIPED]) this.#ledger.checkFold(key, this.#room);
  }

  /** S7: whoever resumes with what another life of the room gave has to start over. */
  async #comeFromAnotherLife(): Promise<void> {
    const rows = this.#room.rows.filter(({ key }) => key === LOG);
    const seq = rows.at(-1)?.seq;
    if (seq === undefined) return;
    let given: string | undefined;
    const machine: Machine = { name: "revenant", alive: true };
    const end = this.#dial(`${URL_OF_ROOM}?v=2&cid=revenant-of-another-life`, machine);
    end.onopen = () => end.send(JSON.stringify({ type: "get", key: LOG, seq, epoch: "another life" }));
    end.onmessage = ({ data }) => {
      const { type, reset, data: all } = JSON.parse(data as string);
      if (type === "init") given = `${reset} ${all.length}`;
    };
    const deadline = this.#clock.now + QUIET;
    while (end.readyState < 2 && given === undefined && this.#clock.now < deadline) await this.#step();
    // The connection may be lost: that is another thing.
    if (end.readyState < 2 && given !== `true ${rows.length}`)
      violated("S7", `a client of another epoch is given ${given}, and not all of ${rows.length}`);
    this.#clock.as(machine, () => end.close(1000));
  }

  async #comeToRest(): Promise<void> {
    const deadline = this.#clock.now + REST;
    for (let unrest = this.#unrest(); unrest; unrest = this.#unrest()) {
      if (this.#clock.now > deadline) violated("I9", `not at rest: ${unrest}`);
      await this.#step();
    }
  }

  /** I12: an empty room leaves nothing behind, and its newest seq is kept (M1). */
  async #empty(): Promise<void> {
    const plain = this.#plain as SimPlain;
    for (const { db, machine } of this.#clients) this.#clock.as(machine, () => db.disconnect());
    this.#clock.as(plain.machine, () => plain.leave());
    const stubborn = this.#stubborn as SimStubborn;
    this.#clock.as(stubborn.machine, () => stubborn.leave());
    const deadline = this.#clock.now + EMPTY;
    this.#clock.after(EMPTY + 1, () => {}, WORLD);
    while (this.#clock.awaits(this.#server.machine)) {
      if (this.#clock.now > deadline) violated("I12", "the server still has something to do for nobody");
      await this.#step();
    }
    const { head } = this.#room;
    if (head < this.#ledger.newest)
      violated("M1", `seq ${head} is on the disk, and ${this.#ledger.newest} was seen`);
  }

  #schedule(what: () => void, least: number, most: number): void {
    const again = () => {
      if (!this.#busy) return;
      what();
      this.#clock.after(this.#random.int(least, most), again, WORLD);
    };
    this.#clock.after(this.#random.int(least, most), again, WORLD);
  }

  #act(): void {
    const [plain, stubborn] = [this.#plain as SimPlain, this.#stubborn as SimStubborn];
    const chance = this.#random.next();
    const actor = chance < 0.15 ? plain : chance < 0.2 ? stubborn : this.#random.pick(this.#clients);
    // Now and then a burst, as of a pointer.
    const times = this.#random.chance(0.1) ? this.#random.int(5, 20) : 1;
    for (let i = 0; i < times; i++) {
      this.#counts.actions++;
      this.#clock.as(actor.machine, () => actor.act());
    }
  }

  #disturb(): void {
    const links = [...this.#links].filter(({ isOpen }) => isOpen);
    const kind = this.#random.int(0, 19);
    if (kind < 11) {
      if (links.length > 0) this.#disturbLink(this.#random.pick(links), kind);
    } else if (kind < 12) this.#stopNetwork(links);
    else if (kind < 13) this.#leave(this.#random.pick(this.#clients));
    else if (this.#server.machine.alive) {
      if (kind < 15) this.#server.failNext();
      else this.#crash(kind < 19);
    }
  }

  #disturbLink(link: Link, kind: number): void {
    this.#counts.cuts++;
    if (kind < 4) link.cut();
    else if (kind < 7) link.halfOpen(this.#random.pick(["up", "down", "both"]));
    else if (kind < 9) link.stall(this.#random.int(100, 15_000));
    else link.slow(this.#random.int(5, 200) / 100);
  }

  /** All are cut off, for so long that the room may be closed meanwhile. */
  #stopNetwork(links: readonly Link[]): void {
    this.#outage = this.#clock.now + this.#random.int(500, 13_000);
    for (const link of links) {
      this.#counts.cuts++;
      link.cut();
    }
  }

  /** Somebody closes the laptop, and opens it again. */
  #leave({ db, machine }: SimClient): void {
    this.#clock.as(machine, () => db.disconnect());
    const client = this.#clients.find((other) => other.machine === machine);
    this.#clock.after(this.#random.int(0, 6_000), () => client?.connect(), machine);
  }

  #crash(atPoint: boolean): void {
    const points: CrashPoint[] = ["before commit", "while syncing", "after commit", "while telling"];
    if (atPoint) this.#server.crashAt(this.#random.pick(points), this.#random.int(0, 6));
    else this.#server.crash();
    this.#counts.crashes++;
    this.#clock.after(this.#random.int(50, 3_000), () => this.#busy && this.#restart(), WORLD);
  }

  #backUp(): void {
    this.#disk.backUp();
    this.#ledger.backUp();
    this.#lost = true;
  }

  /** The server comes back from a backup: what was acknowledged since is lost, and the epoch says so (S1). */
  #loseData(): void {
    if (!this.#lost) return;
    this.#server.crash();
    this.#disk.restore("epoch 2");
    this.#ledger.restore();
    this.#restart();
  }

  #restart(): void {
    if (this.#server.machine.alive) this.#server.crash();
    this.#server = this.#startServer();
  }

  #startServer(): SimServer {
    return new SimServer(this.#clock, this.#disk, ++this.#lives);
  }

  #startClient(name: string): void {
    const machine: Machine = { name, alive: true };
    const dial = (url: string): ClientEnd => this.#dial(url, machine);
    class WebSocket {
      constructor(url: string) {
        // biome-ignore lint/correctness/noConstructorReturn: the client makes its sockets with `new`.
        return dial(url);
      }
    }
    const keys = this.#random.chance(0.2) ? "all" : "subscribed";
    const client = new SimClient(machine, this.#world, { websocketConstructor: WebSocket as never, keys });
    this.#clients.push(client);
    this.#clock.as(machine, () => client.start(URL_OF_ROOM));
  }

  #startPlain(): void {
    const machine: Machine = { name: "plain", alive: true };
    this.#plain = new SimPlain(machine, this.#world, () => this.#dial(URL_OF_ROOM, machine));
    this.#clock.as(machine, () => this.#plain?.connect());
  }

  #startStubborn(): void {
    const machine: Machine = { name: "stubborn", alive: true };
    const dial = (query: string) => this.#dial(`${URL_OF_ROOM}?${query}`, machine);
    this.#stubborn = new SimStubborn(machine, this.#world, dial);
    this.#clock.as(machine, () => this.#stubborn?.connect());
  }

  #dial(url: string, machine: Machine): ClientEnd {
    const link = new Link(this.#clock, this.#random, machine, this.#server.machine);
    const monitor = new WireMonitor(this.#wires, machine.name, url);
    link.watchDown = (frame) => note(() => monitor.down(frame));
    link.watchUp = (frame) => note(() => monitor.up(frame));
    this.#links.add(link);
    const server = this.#server;
    const reached = server.machine.alive && this.#clock.now >= this.#outage;
    const delay = this.#random.int(1, 50);
    if (reached)
      this.#clock.after(
        delay,
        () => void server.accept(link, url).catch((error) => server.fail(error)),
        server.machine,
      );
    if (!reached || this.#random.chance(0.05))
      this.#clock.after(delay, () => link.client.closed(1006), machine);
    return link.client;
  }

  /** Why it is not at rest yet. */
  #unrest(): string | undefined {
    for (const { isSettled, db, machine } of this.#clients) {
      if (!isSettled)
        return `${machine.name} is ${JSON.stringify(db.status)}, ${JSON.stringify(db.sync.getSnapshot())}`;
    }
    for (const key of [...REDUCERS, WIPED, LOG, STATE]) {
      const truth = key === STATE ? [this.#ledger.of(STATE).at(-1) ?? ""] : this.#ledger.of(key);
      for (const client of this.#clients) {
        const view = client.view(key);
        if (view.join() !== truth.join())
          return `${client.machine.name} sees ${view} of ${key}, and there is ${truth}`;
      }
    }
    const view = this.#plain?.view;
    const truth = this.#ledger.of(REDUCERS[0] as string);
    return view?.join() === truth.join() ? undefined : `plain folds to ${view}, and there is ${truth}`;
  }
}

/** A violation is not thrown into the code under test: it ends the run after the step. */
function note(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
  }
}

const WORLD: Machine = { name: "world", alive: true };

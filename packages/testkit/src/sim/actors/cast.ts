import { CLOSE_GOING_AWAY } from "driftdb-protocol";
import type { Machine } from "../network/virtual-clock.js";
import { type Site, URL_OF_ROOM } from "../server/site.js";
import { type SimWorld, WORLD } from "../world.js";
import { LOG, REDUCERS, SimClient, STATE, WIPED } from "./sim-client.js";
import { PRESENCE } from "./sim-holder.js";
import { SimPlain } from "./sim-plain.js";
import { SimStubborn } from "./sim-stubborn.js";

const CLIENTS = 3;

/** All clients of the room. */
export class Cast {
  readonly clients: SimClient[] = [];
  /** Clients that have left for good. */
  readonly gone: SimClient[] = [];
  readonly plain: SimPlain;
  readonly stubborn: SimStubborn;
  readonly #world: SimWorld;
  readonly #site: Site;
  /** Clients that are still to come. */
  #awaited = 0;
  #pages = 0;

  constructor(world: SimWorld, site: Site) {
    this.#world = world;
    this.#site = site;
    const plain: Machine = { name: "plain", alive: true };
    const stubborn: Machine = { name: "stubborn", alive: true };
    this.plain = new SimPlain(plain, world, () => site.dial(URL_OF_ROOM, plain));
    this.stubborn = new SimStubborn(stubborn, world, (query) =>
      site.dial(`${URL_OF_ROOM}?${query}`, stubborn),
    );
  }

  /** @param latest the latest time (ms) at which the last client comes. */
  start(latest: number): void {
    const { clock, random } = this.#world;
    for (let i = 0; i < CLIENTS; i++) this.#await(`client ${i}`, i < CLIENTS - 1 ? 0 : random.int(0, latest));
    for (const { machine, connect } of this.#others()) clock.as(machine, connect);
  }

  /** Lets a random client act. @returns how many times it acted. */
  act(): number {
    const { clock, random } = this.#world;
    const chance = random.next();
    const other = chance < 0.22 && chance >= 0.15 ? this.stubborn : this.plain;
    const actor = chance < 0.22 || this.clients.length === 0 ? other : this.#anybody();
    // Sometimes a burst, like the moves of a pointer.
    const times = random.chance(0.1) ? random.int(5, 20) : 1;
    for (let i = 0; i < times; i++) clock.as(actor.machine, () => actor.act());
    return times;
  }

  /** A client disconnects, like a closed laptop, and later reconnects; or it leaves for good. */
  leave(): void {
    const { clock, random } = this.#world;
    const client = this.#anybody();
    const { db, machine, holder } = client;
    if (this.clients.length > 1 && random.chance(0.15)) {
      this.clients.splice(this.clients.indexOf(client), 1);
      this.gone.push(client);
      clock.as(machine, () => db.disconnect());
      clock.after(random.int(0, 1_000), () => holder.leave(), machine);
      return;
    }
    clock.as(machine, () => db.disconnect());
    clock.after(random.int(0, 6_000), () => this.clients.includes(client) && client.connect(), machine);
  }

  /** A page reloads: it loses its state and keeps its client id. */
  reload(): void {
    const { clock, random } = this.#world;
    const client = this.#anybody();
    const { machine } = client;
    this.clients.splice(this.clients.indexOf(client), 1);
    for (const link of this.#site.links) {
      if (link.clientMachine === machine) clock.as(machine, () => link.client.close(CLOSE_GOING_AWAY));
    }
    machine.alive = false;
    this.#await(client.id, random.int(0, 4_000));
  }

  /** All clients change their presence at the same time. */
  wave(): void {
    for (const { machine, holder } of this.clients)
      for (let i = 0; i < 3; i++) this.#world.clock.as(machine, () => holder.act());
  }

  check(): void {
    for (const client of this.clients) client.check();
  }

  /** Connects every client that is not connected. */
  connect(): void {
    const { clock } = this.#world;
    for (const { machine, connect } of this.#others()) clock.as(machine, connect);
    for (const client of this.clients) clock.as(client.machine, () => client.connect());
  }

  /** All clients leave, in a random order of disconnect() and destroy(). */
  disperse(): void {
    const { clock, random } = this.#world;
    for (const client of this.clients) {
      const ways = [() => client.db.disconnect(), () => client.holder.leave()];
      for (const way of random.chance(0.5) ? ways : ways.reverse()) clock.as(client.machine, way);
    }
    clock.as(this.plain.machine, () => this.plain.leave());
    clock.as(this.stubborn.machine, () => this.stubborn.leave());
  }

  /** The reason why the clients are not at rest yet, or undefined. */
  unrest(): string | undefined {
    if (this.#awaited > 0) return `${this.#awaited} are still to come`;
    for (const { isSettled, db, machine } of this.clients) {
      if (!isSettled)
        return `${machine.name} is ${JSON.stringify(db.status)}, ${JSON.stringify(db.sync.getSnapshot())}`;
    }
    const { ledger } = this.#world;
    for (const key of [...REDUCERS, WIPED, LOG, STATE]) {
      const truth = key === STATE ? [ledger.of(STATE).at(-1) ?? ""] : ledger.of(key);
      for (const client of this.clients) {
        const view = client.view(key);
        if (view.join() !== truth.join())
          return `${client.machine.name} sees ${view} of ${key}, and there is ${truth}`;
      }
    }
    const { view } = this.plain;
    const truth = ledger.of(REDUCERS[0] as string);
    if (view?.join() !== truth.join()) return `plain folds to ${view}, and there is ${truth}`;
    return this.#presences() ?? this.#locks();
  }

  /** I13: every client sees the presence of exactly the others. */
  #presences(): string | undefined {
    const there = new Map<string, string>();
    for (const { value } of this.#world.holds.of(PRESENCE)) {
      const { client, value: shown } = JSON.parse(value as string);
      if (client === this.stubborn.machine.name) there.set(client, shown);
    }
    for (const { id, holder } of this.clients) if (holder.shown !== undefined) there.set(id, holder.shown);
    for (const { holder } of this.clients) {
      const unrest = holder.unrest(there);
      if (unrest) return unrest;
    }
    return undefined;
  }

  /** One client of those that want the lock has it, and all clients know which one. */
  #locks(): string | undefined {
    const wanting = this.clients.filter(({ holder }) => holder.wants);
    const here = this.clients.filter(({ holder }) => holder.here);
    const having = here.filter(({ holder }) => holder.lock.held);
    const [owner] = having;
    if (having.length !== Math.min(1, wanting.length) || (owner && !wanting.includes(owner)))
      return `${having.length} have the lock, and ${wanting.length} want it`;
    const id = owner?.id ?? null;
    const other = here.find(({ holder }) => holder.lock.holder !== id);
    return other && `${other.id} says that ${other.holder.lock.holder} has the lock, and ${id} has it`;
  }

  #others() {
    return [this.plain, this.stubborn].map((one) => ({ machine: one.machine, connect: () => one.connect() }));
  }

  #anybody(): SimClient {
    return this.#world.random.pick(this.clients);
  }

  #await(id: string, delay: number): void {
    this.#awaited++;
    this.#world.clock.after(delay, () => this.#come(id), WORLD);
  }

  #come(id: string): void {
    this.#awaited--;
    const { clock, random } = this.#world;
    const machine: Machine = { name: `${id}.${++this.#pages}`, alive: true };
    const dial = (url: string) => this.#site.dial(url, machine, (message) => client.holder.given(message));
    class WebSocket {
      constructor(url: string) {
        // biome-ignore lint/correctness/noConstructorReturn: the client makes its sockets with `new`.
        return dial(url);
      }
    }
    const keys = random.chance(0.2) ? "all" : "subscribed";
    const client = new SimClient(machine, this.#world, id, {
      websocketConstructor: WebSocket as never,
      keys,
    });
    this.clients.push(client);
    clock.as(machine, () => client.start(URL_OF_ROOM));
  }
}

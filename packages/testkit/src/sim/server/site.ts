import { CLOSE_LOST, type SessionMessageFromDb } from "driftdb-protocol";
import { WireMonitor, type Wires } from "../monitors/wire-monitor.js";
import type { ClientEnd } from "../network/client-end.js";
import { Link } from "../network/link.js";
import type { DiskRoom } from "../network/sim-disk.js";
import type { Machine } from "../network/virtual-clock.js";
import { note } from "../violation.js";
import type { SimWorld } from "../world.js";
import { SimServer } from "./sim-server.js";

const ROOM = "room";
export const URL_OF_ROOM = `ws://server/room/${ROOM}/connect`;

/** The server, in one life after the other, and the network that leads to it. */
export class Site {
  server: SimServer;
  /** The network is down until then. */
  outage = 0;
  readonly links = new Set<Link>();
  readonly wires: Wires;
  readonly #world: SimWorld;
  readonly #monitors = new Map<Link, WireMonitor>();
  #lives = 0;
  /** The number of holds and releases that all connections have received, or will with others (D23). */
  #told = 0;

  constructor(world: SimWorld) {
    const { disk, ledger, holds, now, relays } = world;
    this.#world = world;
    const current = new Map<string, WireMonitor>();
    const { committed } = disk;
    disk.committed = (commit, room) => {
      committed(commit, room);
      for (const [cid, { acked }] of room.sessions) current.get(cid)?.committed(acked);
    };
    const counts = { compactions: 0, tried: new Map(), repeated: 0 };
    this.wires = { ledger, holds, disk: () => this.room, now, current, relays, ...counts };
    this.server = this.#start();
  }

  get room(): DiskRoom {
    return this.#world.disk.rooms.get(ROOM) as DiskRoom;
  }

  /** Has the server make the room. */
  open(): void {
    const { server } = this;
    this.#world.clock.as(server.machine, () => server.create(ROOM));
  }

  restart(): void {
    if (this.server.machine.alive) this.server.crash();
    this.server = this.#start();
  }

  /** @param given told of each frame before the client is given it. */
  dial(url: string, machine: Machine, given?: (message: SessionMessageFromDb) => void): ClientEnd {
    const { clock, random } = this.#world;
    const { server } = this;
    const link = new Link(clock, random, machine, server.machine);
    const monitor = new WireMonitor(this.wires, machine.name, url);
    link.watchDown = (frame) => note(() => monitor.down(frame));
    link.watchUp = (frame) => note(() => monitor.up(frame));
    if (given)
      link.watchGiven = (frame) => {
        if (MAY_HOLD.test(frame as string)) given(JSON.parse(frame as string));
      };
    this.links.add(link);
    this.#monitors.set(link, monitor);
    const reached = server.machine.alive && clock.now >= this.outage;
    const delay = random.int(1, 50);
    const accept = () => void server.accept(link, url).catch((error) => server.fail(error));
    if (reached) clock.after(delay, accept, server.machine);
    if (!reached || random.chance(0.05)) clock.after(delay, () => link.client.closed(CLOSE_LOST), machine);
    return link.client;
  }

  /** What holds at every moment. */
  check(): void {
    const { holds, journal } = this.#world;
    if (this.server.failed) throw this.server.failed;
    if (!this.server.machine.alive) return;
    holds.check();
    journal.look(this.server.machine, this.room);
    const told = holds.holds + holds.releases;
    if (told === this.#told) return;
    let waits = false;
    for (const [link, monitor] of this.#monitors) {
      if (link.server.readyState === 3 || !link.serverMachine.alive) this.#monitors.delete(link);
      else if (link.server.readyState === 1) waits = monitor.waits() || waits;
    }
    if (!waits) this.#told = told;
  }

  #start(): SimServer {
    const { clock, disk, holds } = this.#world;
    // What the life before held is lost.
    holds.opened();
    return new SimServer(clock, disk, holds, ++this.#lives);
  }
}

/** The frames that say who holds what. */
const MAY_HOLD = /^\{"type":"(hello|init|release|holds)"|"from":"[^"]*"\}$/;

import { CLOSE_LOST } from "driftdb-protocol";
import { ClientEnd } from "./client-end.js";
import type { Frame, Line } from "./line.js";
import { OneWay } from "./one-way.js";
import type { Random } from "./random.js";
import { ServerEnd } from "./server-end.js";
import type { Machine, VirtualClock } from "./virtual-clock.js";

/** A WebSocket between two machines, and the faults of the network between them. */
export class Link implements Line {
  readonly client: ClientEnd;
  readonly server: ServerEnd;
  readonly up: OneWay;
  readonly down: OneWay;
  watchUp: (frame: Frame) => void = () => {};
  watchDown: (frame: Frame) => void = () => {};
  watchGiven: (frame: Frame) => void = () => {};

  constructor(
    readonly clock: VirtualClock,
    readonly random: Random,
    readonly clientMachine: Machine,
    readonly serverMachine: Machine,
  ) {
    this.up = new OneWay(clock, random, clientMachine, serverMachine);
    this.down = new OneWay(clock, random, serverMachine, clientMachine);
    this.client = new ClientEnd(this);
    this.server = new ServerEnd(this);
  }

  get isOpen(): boolean {
    return this.client.readyState === 1 || this.server.readyState === 1;
  }

  /** Both ends learn of a reset. */
  cut(): void {
    this.down.open = false;
    this.clock.after(0, () => this.client.closed(CLOSE_LOST), this.clientMachine);
    // Frames on their way up may still arrive, and the server may learn of the reset seconds later.
    const late = this.random.chance(0.5) ? this.random.int(0, 4_000) : 0;
    this.up.open &&= late > 0;
    this.clock.after(late, () => this.server.closed(CLOSE_LOST), this.serverMachine);
  }

  /** From now on frames vanish, in one direction or in both. Neither end learns of it. */
  halfOpen(direction: "up" | "down" | "both"): void {
    if (direction !== "down") this.up.open = false;
    if (direction !== "up") this.down.open = false;
  }

  /** For a while nothing arrives. Then all frames arrive. */
  stall(milliseconds: number): void {
    const until = this.clock.now + milliseconds;
    for (const direction of [this.up, this.down])
      direction.stalledUntil = Math.max(direction.stalledUntil, until);
  }

  /** From now on the client reads slowly. */
  slow(bytesPerMillisecond: number): void {
    this.down.rate = bytesPerMillisecond;
  }

  /**
   * The server's machine crashes. Its operating system resets open connections; that reset may get lost too.
   */
  serverGone(): void {
    this.up.open = false;
    if (this.random.chance(0.8))
      this.clock.after(this.up.latency(), () => this.client.closed(CLOSE_LOST), this.clientMachine);
  }
}

import { ClientEnd } from "./client-end.js";
import type { Random } from "./random.js";
import { ServerEnd } from "./server-end.js";
import type { Machine, VirtualClock } from "./virtual-clock.js";

/** What goes over a connection in one piece. */
export type Frame = string | Uint8Array;

/** One direction of a connection, as the network has it. */
interface Direction {
  /** Whether what is sent arrives at all: a half-open connection swallows it. */
  open: boolean;
  /** Until when nothing arrives. */
  stalledUntil: number;
  /** When the newest frame arrives: none overtakes another. */
  arrives: number;
  /** The frames on their way, in order. */
  queue: { readonly size: number; readonly arrive: () => void }[];
  /** Bytes on their way. */
  unsent: number;
  /** Bytes that get through in a millisecond. */
  rate: number;
}

/** Every byte counts for so many, so that small messages fill a buffer (S12). */
export const WEIGHT = 200;

const direction = (): Direction => ({
  open: true,
  stalledUntil: 0,
  arrives: 0,
  queue: [],
  unsent: 0,
  rate: Number.POSITIVE_INFINITY,
});

/** A WebSocket between two machines, with what can befall it. Frames arrive in order, late, or never. */
export class Link {
  readonly client: ClientEnd;
  readonly server: ServerEnd;
  readonly #up = direction();
  readonly #down = direction();

  constructor(
    readonly clock: VirtualClock,
    readonly random: Random,
    readonly clientMachine: Machine,
    readonly serverMachine: Machine,
  ) {
    this.client = new ClientEnd(this);
    this.server = new ServerEnd(this);
  }

  /** Told of each frame that leaves the server, that the client is given, and that leaves the client. */
  watchDown: (frame: Frame) => void = () => {};
  watchGiven: (frame: Frame) => void = () => {};
  watchUp: (frame: Frame) => void = () => {};

  get isOpen(): boolean {
    return this.client.readyState === 1 || this.server.readyState === 1;
  }

  /** Bytes that the server has sent and the client has not got. */
  get unsentDown(): number {
    return this.#down.unsent * WEIGHT;
  }

  /** Both ends hear of a reset. */
  cut(): void {
    this.#down.open = false;
    this.clock.after(0, () => this.client.closed(1006), this.clientMachine);
    // What was on its way up may still arrive, and the end of it be heard of late.
    const late = this.random.chance(0.5) ? this.random.int(0, 4_000) : 0;
    this.#up.open &&= late > 0;
    this.clock.after(late, () => this.server.closed(1006), this.serverMachine);
  }

  /** From now on frames vanish: in both directions, or in one. Neither end hears of it. */
  halfOpen(direction: "up" | "down" | "both"): void {
    if (direction !== "down") this.#up.open = false;
    if (direction !== "up") this.#down.open = false;
  }

  /** Nothing arrives for a while; then all of it. */
  stall(milliseconds: number): void {
    const until = this.clock.now + milliseconds;
    for (const direction of [this.#up, this.#down])
      direction.stalledUntil = Math.max(direction.stalledUntil, until);
  }

  /** From now on the client reads slowly. */
  slow(bytesPerMillisecond: number): void {
    this.#down.rate = bytesPerMillisecond;
  }

  /** The server's machine is gone: its operating system resets what was open, which may get lost too. */
  serverGone(): void {
    this.#up.open = false;
    if (this.random.chance(0.8))
      this.clock.after(this.#latency(), () => this.client.closed(1006), this.clientMachine);
  }

  up(size: number, arrive: () => void): void {
    this.#send(this.#up, size, this.serverMachine, arrive);
  }

  /** @param sent told, on the server's machine, when the network has taken it. */
  down(size: number, arrive: () => void, sent?: () => void): void {
    this.#send(this.#down, size, this.clientMachine, () => {
      if (sent) this.clock.after(0, sent, this.serverMachine);
      arrive();
    });
  }

  #send(direction: Direction, size: number, to: Machine, arrive: () => void): void {
    direction.unsent += size;
    if (!direction.open) return;
    const { now } = this.clock;
    const begins = Math.max(direction.arrives, now + this.#latency(), direction.stalledUntil);
    direction.arrives = begins + size / direction.rate;
    direction.queue.push({ size, arrive });
    const deliver = () => {
      if (!direction.open) return;
      if (direction.stalledUntil > this.clock.now) {
        this.clock.after(direction.stalledUntil - this.clock.now, deliver, to);
        return;
      }
      // Whichever timer is the first: the frames come in their order.
      const frame = direction.queue.shift();
      if (!frame) return;
      direction.unsent -= frame.size;
      frame.arrive();
    };
    this.clock.after(direction.arrives - now, deliver, to);
  }

  #latency(): number {
    return this.random.chance(0.05) ? this.random.int(100, 400) : this.random.int(1, 30);
  }
}

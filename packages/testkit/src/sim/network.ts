import { EventEmitter } from "node:events";
import { violated } from "./ledger.js";
import type { Random } from "./random.js";
import type { Machine, VirtualClock } from "./virtual-clock.js";

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
const WEIGHT = 200;
/** Unsent bytes beside an `init` beyond which a connection must have been closed (S12), with one frame to spare. */
const MOST_UNSENT = 1_048_576;

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

  /** Told of each frame that leaves the server, and the client. */
  watchDown: (frame: Frame) => void = () => {};
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

type Frame = string | Uint8Array;

/** What a browser's WebSocket is to a client. */
export class ClientEnd {
  binaryType = "arraybuffer";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onerror: (() => void) | null = null;
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  opened(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.();
  }

  send(frame: Frame): void {
    if (this.readyState !== 1) return;
    this.#link.watchUp(frame);
    this.#link.up(frame.length, () => this.#link.server.received(frame));
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.#link.up(0, () => this.#link.server.closed(code));
    this.#link.clock.after(2_000, () => this.closed(1006), this.#link.clientMachine);
  }

  received(frame: Frame): void {
    if (this.readyState !== 1) return;
    this.onmessage?.({ data: typeof frame === "string" ? frame : new Uint8Array(frame).buffer });
  }

  closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** As much of a `ws` socket as the server uses. */
export class ServerEnd extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  /** Told before each frame that is sent. */
  sending = () => {};
  readonly #link: Link;
  #held: (() => void)[] = [];
  #free = 0;

  constructor(link: Link) {
    super();
    this.#link = link;
  }

  get bufferedAmount(): number {
    return this.#link.unsentDown;
  }

  send(frame: Frame, sent?: () => void): void {
    if (this.readyState !== 1 || !this.#link.serverMachine.alive) return;
    this.sending();
    if (!this.#link.serverMachine.alive) return;
    this.#link.watchDown(frame);
    // I12. What an `init` takes is free until it is sent.
    const unsent = this.bufferedAmount;
    if (/^\{"type":"(init|hello|pong|stream_size|error)"/.test(frame as string))
      this.#free = unsent + frame.length * WEIGHT;
    this.#free = Math.min(this.#free, unsent + frame.length * WEIGHT);
    if (unsent > this.#free + MOST_UNSENT) violated("I12", `${unsent} bytes wait to be sent to one client`);
    this.#link.down(frame.length, () => this.#link.client.received(frame), sent);
  }

  ping(): void {
    // A browser answers by itself.
    this.#link.down(0, () => {
      if (this.#link.client.readyState === 1) this.#link.up(0, () => this.#emit("pong"));
    });
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.#link.down(0, () => {
      this.#link.client.closed(code);
      this.#link.up(0, () => this.closed(code));
    });
  }

  terminate(): void {
    if (this.readyState === 3) return;
    this.#link.cut();
    this.closed(1006);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    for (const call of this.#held.splice(0)) call();
  }

  received(frame: Frame): void {
    if (this.isPaused) {
      this.#held.push(() => this.received(frame));
      return;
    }
    const text = typeof frame === "string";
    // As of `ws`: while it is being closed, what comes is still given.
    if (this.readyState < 3) this.emit("message", Buffer.from(frame as string), !text);
  }

  closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit("close", code);
  }

  #emit(event: string): void {
    if (this.readyState === 1) this.emit(event);
  }
}

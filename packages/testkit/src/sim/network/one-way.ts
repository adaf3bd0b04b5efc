import type { Random } from "./random.js";
import type { Machine, VirtualClock } from "./virtual-clock.js";

/** Each byte of a frame counts as this many bytes, so that small messages fill a send buffer (S12). */
export const WEIGHT = 200;

/** One direction of a connection. Frames arrive in order: soon, late, or never. */
export class OneWay {
  /** Whether frames arrive at all. A half-open connection swallows them. */
  open = true;
  /** Virtual time until which nothing arrives, in ms. */
  stalledUntil = 0;
  /** Bytes that the receiver takes per millisecond. */
  rate = Number.POSITIVE_INFINITY;
  /** When the newest frame arrives: no frame overtakes another. */
  #arrives = 0;
  /** The frames that are under way, in order. */
  readonly #queue: { readonly size: number; readonly arrive: () => void }[] = [];
  #unsent = 0;

  constructor(
    readonly clock: VirtualClock,
    readonly random: Random,
    readonly sender: Machine,
    readonly receiver: Machine,
  ) {}

  /** Bytes that were sent and have not arrived, each counted `WEIGHT` times. */
  get unsent(): number {
    return this.#unsent * WEIGHT;
  }

  /** A random delay of the network, in ms. */
  latency(): number {
    return this.random.chance(0.05) ? this.random.int(100, 400) : this.random.int(1, 30);
  }

  /**
   * Sends one frame.
   *
   * @param arrive called on the receiver's machine when the frame arrives.
   * @param sent called on the sender's machine when the network has taken the frame.
   */
  send(size: number, arrive: () => void, sent?: () => void): void {
    this.#unsent += size;
    if (!this.open) return;
    const { now } = this.clock;
    const begins = Math.max(this.#arrives, now + this.latency(), this.stalledUntil);
    this.#arrives = begins + size / this.rate;
    this.#queue.push({
      size,
      arrive: () => {
        if (sent) this.clock.after(0, sent, this.sender);
        arrive();
      },
    });
    this.clock.after(this.#arrives - now, () => this.#deliver(), this.receiver);
  }

  #deliver(): void {
    if (!this.open) return;
    if (this.stalledUntil > this.clock.now) {
      this.clock.after(this.stalledUntil - this.clock.now, () => this.#deliver(), this.receiver);
      return;
    }
    // Timers may fire out of order after a stall; the queue keeps the frames in order.
    const frame = this.#queue.shift();
    if (!frame) return;
    this.#unsent -= frame.size;
    frame.arrive();
  }
}

import { quantile } from "../../gates/lib/gate.js";
import type { Member } from "./members.js";

export interface SliceOrder {
  /** Length of the slice in ms. */
  readonly time: number;
  /** Whether the load checks number and order of every delivery. That costs the load more than the server. */
  readonly checks: boolean;
}

export interface SliceReport {
  /** Deliveries, including those to the sender, which are not awaited. */
  readonly deliveries: number;
  /** Awaited deliveries that did not arrive, arrived out of order, or arrived more than once. */
  readonly lost: number;
  readonly seconds: number;
  /** Bytes that all of them received, with frame headers. */
  readonly bytes: number;
  /** Milliseconds from the write of a window until the last receiver has all of it. */
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the load used. */
  readonly busy: number;
}

export interface WindowsOptions {
  /** Clients whose deliveries are awaited. */
  readonly receivers: readonly Member[];
  /** Another client that may receive the messages: its deliveries count as cost, and are not awaited. */
  readonly other?: Member;
  /** Deliveries to all receivers that make a window complete. */
  readonly awaited: number;
  /** The difference between the numbers of two successive messages of a receiver. */
  readonly step: number;
  /** Bytes of a message. A delivery has at least as many. */
  readonly bytes: number;
  /** Makes the frames of the next window, with the client that writes them. */
  prepare(): readonly (readonly [sender: Member, frames: Buffer])[];
}

/** Milliseconds without a delivery after which the missing ones count as lost. */
const LONGEST = 5_000;

/** Sends messages a window at a time: the next window follows when the last receiver has all of this one. */
export class Windows {
  readonly #options: WindowsOptions;
  #prepared: ReturnType<WindowsOptions["prepare"]>;
  /** Awaited deliveries that the current window still lacks. */
  #missing = 0;
  #deliveries = 0;
  #lost = 0;
  #begun = 0;
  #took: number[] = [];
  #complete: () => void = () => {};

  constructor(options: WindowsOptions) {
    this.#options = options;
    this.#prepared = options.prepare();
  }

  async slice({ time, checks }: SliceOrder): Promise<SliceReport> {
    this.#listen(checks);
    this.#deliveries = 0;
    // Deliveries beyond the last window of the last slice are errors too.
    this.#lost = 0 - this.#missing;
    this.#took = [];
    const bytes = this.#read();
    const used = process.cpuUsage();
    const start = performance.now();
    await this.#run(start + time);
    const took = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    return {
      deliveries: this.#deliveries,
      lost: this.#lost,
      seconds: took / 1_000,
      bytes: this.#read() - bytes,
      p50: quantile(this.#took, 0.5),
      p99: quantile(this.#took, 0.99),
      busy: (user + system) / 1_000 / took,
    };
  }

  #listen(checks: boolean): void {
    const take = (deliveries: number) => {
      this.#deliveries += deliveries;
      this.#missing -= deliveries;
      if (this.#missing <= 0) this.#complete();
    };
    const { receivers, other, step, bytes } = this.#options;
    for (const member of receivers) {
      if (checks) {
        let last: number | undefined;
        member.check((n) => {
          if (last !== undefined && n !== last + step) this.#lost++;
          last = n;
          take(1);
        });
      } else member.count(bytes, take);
    }
    const own = (deliveries: number) => {
      this.#deliveries += deliveries;
    };
    if (checks) other?.check(() => own(1));
    else other?.count(bytes, own);
  }

  #run(end: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = setInterval(() => {
        if (performance.now() - this.#begun < LONGEST) return;
        this.#lost += this.#missing;
        stop();
      }, LONGEST / 10);
      const stop = () => {
        clearInterval(watch);
        this.#complete = () => {};
        this.#missing = 0;
        resolve();
      };
      this.#complete = () => {
        const now = performance.now();
        this.#took.push(now - this.#begun);
        // A negative number of missing deliveries means duplicates.
        this.#lost -= this.#missing;
        if (now < end) this.#send();
        else stop();
      };
      this.#send();
    });
  }

  #send(): void {
    this.#missing = this.#options.awaited;
    this.#begun = performance.now();
    for (const [sender, frames] of this.#prepared) sender.socket.write(frames);
    // Prepared while the server works.
    this.#prepared = this.#options.prepare();
  }

  #read(): number {
    const { receivers, other } = this.#options;
    let bytes = other?.socket.bytes ?? 0;
    for (const { socket } of receivers) bytes += socket.bytes;
    return bytes;
  }
}

import { quantile } from "../../gates/lib/gate.js";
import type { Member } from "./members.js";

export interface SliceOrder {
  /** How long it takes, in ms. */
  readonly time: number;
  /** Whether number and order of every delivery are looked at, which takes the load longer than the server. */
  readonly checks: boolean;
}

export interface SliceReport {
  /** Those included that nobody waited for. */
  readonly deliveries: number;
  /** Awaited deliveries that did not come, came out of order, or came more than once. */
  readonly lost: number;
  readonly seconds: number;
  /** What all of them were sent, with frame headers. */
  readonly bytes: number;
  /** From a window's write until the last one has it, in ms. */
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the load has used. */
  readonly busy: number;
}

export interface WindowsOptions {
  /** Those that are waited for. */
  readonly receivers: readonly Member[];
  /** One that may be sent the messages as well: it has a cost, but nobody waits for it. */
  readonly other?: Member;
  /** Deliveries to all receivers that make a window complete. */
  readonly awaited: number;
  /** Each receiver's messages have numbers that rise by so many. */
  readonly step: number;
  /** Of a message: a delivery has at least as many. */
  readonly bytes: number;
  /** Makes the frames of the next window, and says who writes them. */
  prepare(): readonly (readonly [sender: Member, frames: Buffer])[];
}

/** After so long without a delivery, what is still missing is lost: ms. */
const LONGEST = 5_000;

/** Sends messages, a window at a time: the next one goes out when the last receiver has all of this one. */
export class Windows {
  readonly #options: WindowsOptions;
  #prepared: ReturnType<WindowsOptions["prepare"]>;
  /** Awaited deliveries that are missing of the present window. */
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
    // More has come since the last slice than there should be.
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
        // More than there should be.
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
    // While the server is at work.
    this.#prepared = this.#options.prepare();
  }

  #read(): number {
    const { receivers, other } = this.#options;
    let bytes = other?.socket.bytes ?? 0;
    for (const { socket } of receivers) bytes += socket.bytes;
    return bytes;
  }
}

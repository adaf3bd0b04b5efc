import { quantile } from "../../gates/lib/gate.js";
import type { SliceOrder, SliceReport } from "../load/fan-out.js";
import type { Outgoing } from "./dialect.js";
import type { Member } from "./members.js";
import { clientFrame } from "./raw-socket.js";

/** After so long without a delivery, what is still missing is lost: ms. */
const LONGEST = 10_000;

/** Sends messages to subscribers, a window at a time: the next one goes out when the last subscriber has this one. */
export class Windows {
  readonly #sender: Member;
  readonly #subscribers: readonly Member[];
  readonly #window: number;
  readonly #bytes: number;
  readonly #message: (n: number) => Outgoing;
  /** The number of the next message that is prepared. */
  #n = 0;
  #prepared: Buffer;
  /** Deliveries to subscribers that are missing of the present window. */
  #missing = 0;
  #deliveries = 0;
  #lost = 0;
  #begun = 0;
  #took: number[] = [];
  #complete: () => void = () => {};

  /** @param bytes that a delivery has at least. @param message makes message number `n`. */
  constructor(
    sender: Member,
    subscribers: readonly Member[],
    window: number,
    bytes: number,
    message: (n: number) => Outgoing,
  ) {
    this.#sender = sender;
    this.#subscribers = subscribers;
    this.#window = window;
    this.#bytes = bytes;
    this.#message = message;
    this.#prepared = this.#prepare();
  }

  async slice({ time, checks }: SliceOrder): Promise<SliceReport> {
    this.#listen(checks);
    this.#deliveries = 0;
    this.#lost = 0;
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
    for (const member of this.#subscribers) {
      if (checks) {
        let next = this.#n - this.#window;
        member.check((n) => {
          if (n !== next) this.#lost++;
          next = n + 1;
          take(1);
        });
      } else member.count(this.#bytes, take);
    }
    // What it is sent has a cost as well, but nobody waits for it.
    const own = (deliveries: number) => {
      this.#deliveries += deliveries;
    };
    if (checks) this.#sender.check(() => own(1));
    else this.#sender.count(this.#bytes, own);
  }

  #run(end: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = setInterval(() => {
        if (performance.now() - this.#begun < LONGEST) return;
        this.#lost += this.#missing;
        stop();
      }, 1_000);
      const stop = () => {
        clearInterval(watch);
        this.#complete = () => {};
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
    this.#missing = this.#window * this.#subscribers.length;
    this.#begun = performance.now();
    this.#sender.socket.write(this.#prepared);
    // While the server is at work.
    this.#prepared = this.#prepare();
  }

  #prepare(): Buffer {
    const frames: Buffer[] = [];
    for (let i = 0; i < this.#window; i++) {
      const { payload, binary } = this.#message(this.#n++);
      frames.push(clientFrame(payload, binary));
    }
    return Buffer.concat(frames);
  }

  #read(): number {
    let bytes = this.#sender.socket.bytes;
    for (const { socket } of this.#subscribers) bytes += socket.bytes;
    return bytes;
  }
}

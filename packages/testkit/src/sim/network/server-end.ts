import { EventEmitter } from "node:events";
import { violated } from "../monitors/ledger.js";
import { type Frame, type Link, WEIGHT } from "./link.js";

/** Unsent bytes beside an `init` beyond which a connection must have been closed (S12), with one frame to spare. */
const MOST_UNSENT = 1_048_576;

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

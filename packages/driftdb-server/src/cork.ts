import type { Duplex } from "node:stream";

/** A TCP connection, as far as its writes can be joined. */
export type Wire = Pick<Duplex, "cork" | "uncork">;

/** Joins what one turn of the event loop writes to a connection: one call of the operating system in place of many. */
export class Cork {
  readonly #wire: Wire;
  #holds = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Holds back what is written from now on, up to the end of the turn. */
  hold(): void {
    if (this.#holds) return;
    this.#holds = true;
    this.#wire.cork();
    // Some of the turn's frames are sent in microtasks (S4): a tick that a microtask asks for comes after all of them.
    queueMicrotask(() => process.nextTick(() => this.release()));
  }

  /** Lets go of it at once. */
  release(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#wire.uncork();
  }
}

import type { Key } from "driftdb-protocol";
import type { Broadcast } from "../engine/engine.js";
import { Frame } from "../wire/frame.js";

/** A broadcast, encoded once for however many it goes to, and only in the forms that somebody is sent. */
export class BroadcastFrames {
  readonly #broadcast: Broadcast;
  #plain: Frame | undefined;
  #session: Frame | undefined;

  /** @param isLate whether it is a hold that sessions are told of later, together with others (D23). */
  constructor(
    broadcast: Broadcast,
    readonly isLate = false,
  ) {
    this.#broadcast = broadcast;
  }

  get key(): Key {
    return this.#broadcast.key;
  }

  /** Whether the message is retained: a relay and a hold are not. */
  get retained(): boolean {
    return this.#broadcast.prev !== undefined;
  }

  /** As a plain connection is sent it (P4). */
  get plain(): Frame {
    const { key, value, seq } = this.#broadcast;
    this.#plain ??= Frame.push(key, value, seq);
    return this.#plain;
  }

  /** As a session is sent it: with `prev`, if it is retained (S6), and with `from`, if it is held (S9). */
  get session(): Frame {
    const { key, value, seq, prev, replace, from } = this.#broadcast;
    if (prev === undefined && from === undefined) return this.plain;
    this.#session ??= Frame.push(key, value, seq, { prev, replace: replace || undefined, from });
    return this.#session;
  }
}

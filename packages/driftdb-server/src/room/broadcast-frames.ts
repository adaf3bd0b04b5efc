import type { Key } from "driftdb-protocol";
import type { RoomHold, RoomMessage } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";

/** A broadcast, encoded once for however many it goes to, and only in the forms that somebody is sent. */
export class BroadcastFrames {
  readonly #event: RoomMessage | RoomHold;
  #plain: Frame | undefined;
  #session: Frame | undefined;
  #cbor: Uint8Array | undefined;

  /** @param isLate whether it is a hold that sessions are told of later, together with others (D23). */
  constructor(
    event: RoomMessage | RoomHold,
    readonly isLate = false,
  ) {
    this.#event = event;
  }

  get key(): Key {
    return this.#event.key;
  }

  /** Whether the message is retained: a relay and a hold are not. */
  get isRetained(): boolean {
    return this.#event.type === "message" && this.#event.action !== "relay";
  }

  /** As a plain connection is sent it (P4). */
  get plain(): Frame {
    const { key, value, seq } = this.#event;
    this.#plain ??= Frame.push(key, value, seq, this.#valueCbor);
    return this.#plain;
  }

  /** As a session is sent it: with `prev`, if it is retained (S6), and with `from`, if it is held (S9). */
  get session(): Frame {
    const event = this.#event;
    if (event.type === "message" && event.action === "relay") return this.plain;
    this.#session ??= Frame.push(event.key, event.value, event.seq, this.#valueCbor, sessionFields(event));
    return this.#session;
  }

  /** The value's CBOR, which both forms have in them. */
  readonly #valueCbor = (): Uint8Array => {
    this.#cbor ??= this.#event.value.cborOf(this.#event.decoded);
    return this.#cbor;
  };
}

function sessionFields(event: RoomMessage | RoomHold) {
  if (event.type === "held") return { from: event.from };
  return { prev: event.prev, ...(event.action === "replace" && { replace: true as const }) };
}

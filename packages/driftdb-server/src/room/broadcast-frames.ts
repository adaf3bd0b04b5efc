import type { Key } from "driftdb-protocol";
import type { RoomHold, RoomMessage } from "../engine/engine.js";
import { Frame } from "../frame/frame.js";

/** The frames of one broadcast. Each form is encoded once, and only if some connection needs it. */
export class BroadcastFrames {
  readonly #event: RoomMessage | RoomHold;
  #plain: Frame | undefined;
  #session: Frame | undefined;
  #cbor: Uint8Array | undefined;

  /** @param isDeferred whether sessions receive this hold later, in one frame with others (D23). */
  constructor(
    event: RoomMessage | RoomHold,
    readonly isDeferred = false,
  ) {
    this.#event = event;
  }

  get key(): Key {
    return this.#event.key;
  }

  /** Whether the room retains the message. It retains no relays and no holds. */
  get isRetained(): boolean {
    return this.#event.type === "message" && this.#event.action !== "relay";
  }

  /** The frame for plain connections (P4). */
  get plain(): Frame {
    const { key, value, seq } = this.#event;
    this.#plain ??= Frame.push(key, value, seq, this.#valueCbor);
    return this.#plain;
  }

  /** The frame for sessions: a retained message has `prev` (S6), a hold has `from` (S9). */
  get session(): Frame {
    const event = this.#event;
    if (event.type === "message" && event.action === "relay") return this.plain;
    this.#session ??= Frame.push(event.key, event.value, event.seq, this.#valueCbor, sessionFields(event));
    return this.#session;
  }

  /** The value's CBOR, which both frames contain. */
  readonly #valueCbor = (): Uint8Array => {
    this.#cbor ??= this.#event.value.cborOf(this.#event.decoded);
    return this.#cbor;
  };
}

function sessionFields(event: RoomMessage | RoomHold) {
  if (event.type === "held") return { from: event.from };
  return { prev: event.prev, ...(event.action === "replace" && { replace: true as const }) };
}

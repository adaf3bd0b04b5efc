import type { Ack, Key } from "driftdb-protocol";
import { Frame } from "../frame/frame.js";
import type { Transport } from "../frame/transport.js";

/** A session's acknowledgements and sizes of one turn, which go out at its end. */
export class TurnReplies {
  readonly #acks: Ack[] = [];
  /** Sizes above 1, by key (P6). */
  #sizes: Map<Key, number> | undefined;

  /** Adds an acknowledgement. All of a commit go out in one frame (S4). */
  addAck(ack: Ack): void {
    this.#acks.push(ack);
  }

  /** Sets a key's size. Only the last one is sent: the others are outdated when they arrive (D11). */
  setSize(key: Key, size: number): void {
    this.#sizes ??= new Map();
    if (size > 1) this.#sizes.set(key, size);
    else this.#sizes.delete(key);
  }

  /** Sends the sizes, then the acknowledgements. */
  send(socket: Transport): void {
    if (this.#sizes) {
      for (const [key, size] of this.#sizes) socket.send(Frame.of({ type: "stream_size", key, size }));
    }
    if (this.#acks.length > 0) socket.send(Frame.of({ type: "ack", acks: this.#acks }));
  }
}

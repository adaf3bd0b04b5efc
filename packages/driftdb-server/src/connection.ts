import { FrameError } from "driftdb-protocol";
import type { WebSocket } from "ws";
import { Refusal } from "./engines/engine.js";
import { Frame } from "./frame.js";
import type { Limits } from "./limits.js";
import { readRequest } from "./request.js";
import type { Member, RoomHost } from "./room-host.js";
import { TokenBucket } from "./token-bucket.js";

/** What a client asks for in the query of `socket_url` (P7, P8). */
export interface ConnectionOptions {
  readonly cbor: boolean;
  readonly debug: boolean;
}

/** One plain WebSocket in a room (P2–P8, P10). */
export class Connection implements Member {
  readonly debug: boolean;
  readonly #cbor: boolean;
  readonly #socket: WebSocket;
  readonly #room: RoomHost;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;

  /** @param onClose called once, when the socket is closed for whatever reason. */
  constructor(
    socket: WebSocket,
    room: RoomHost,
    options: ConnectionOptions,
    limits: Limits,
    onClose: () => void,
  ) {
    this.#socket = socket;
    this.#room = room;
    this.#cbor = options.cbor;
    this.debug = options.debug;
    const now = performance.now();
    this.#messages = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, now);
    // One message of the largest size is no reason to wait.
    this.#bytes = new TokenBucket(limits.bytesPerSecond, Math.max(limits.bytesPerSecond, 1_048_576), now);

    socket.on("message", (data, binary) => this.#receive(data as Buffer, binary));
    // The close that follows says all there is to know.
    socket.on("error", () => {});
    socket.on("close", () => {
      room.leave(this);
      onClose();
    });
    room.join(this);
  }

  send(frame: Frame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(this.#cbor ? frame.cbor : frame.json);
  }

  #receive(data: Buffer, binary: boolean): void {
    this.#pace(data.length);
    try {
      this.#room.request(readRequest(data, binary), (answer) => {
        if (answer instanceof Refusal) this.#complain(answer);
        else if (answer) this.send(answer);
      });
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // In its place among the answers, so that a client can tell what it is about.
      this.#room.barrier(() => this.#complain(error));
    }
  }

  /** Tells the sender, and nobody else, what was wrong. The connection stays open (P10). */
  #complain({ code, message }: FrameError | Refusal): void {
    this.send(Frame.of({ type: "error", message, code }));
  }

  /** A client that is too fast is read more slowly: nothing is refused, and TCP holds it back. */
  #pace(bytes: number): void {
    const now = performance.now();
    const wait = Math.max(this.#messages.take(1, now), this.#bytes.take(bytes, now));
    // One that is being closed is read on, up to the close of the other side.
    if (wait === 0 || this.#socket.isPaused || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), wait).unref();
  }
}

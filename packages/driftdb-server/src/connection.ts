import { FrameError } from "driftdb-protocol";
import type { WebSocket } from "ws";
import { Refusal } from "./engines/engine.js";
import { Frame } from "./frame.js";
import { giveUp } from "./heartbeat.js";
import type { Limits } from "./limits.js";
import { readRequest } from "./request.js";
import type { Member, RoomHost } from "./room-host.js";
import { TokenBucket } from "./token-bucket.js";

/** Unsent bytes, beyond one `init`, from which a client counts as too slow (S12). */
const MOST_UNSENT = 1_048_576;

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
  /** Unsent bytes that are an `init`'s, which is never too much. */
  #allowance = 0;
  /** Whether an `init` that the client has asked for is not yet on its way: it is read no further until then. */
  #answering = false;
  /** What had been read by then. */
  readonly #backlog: [frame: Buffer, binary: boolean][] = [];
  #paced: NodeJS.Timeout | undefined;

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

  send(frame: Frame, sent?: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(this.#cbor ? frame.cbor : frame.json, sent);
    const unsent = this.#socket.bufferedAmount;
    this.#allowance = Math.min(this.#allowance, unsent);
    // A client that does not read is never skipped: it is told so, and may come back (S12).
    if (unsent > this.#allowance + MOST_UNSENT) giveUp(this.#socket);
  }

  #receive(frame: Buffer, binary: boolean): void {
    this.#pace(frame.length);
    if (this.#answering) {
      this.#backlog.push([frame, binary]);
      this.#hold();
    } else this.#take(frame, binary);
  }

  #take(frame: Buffer, binary: boolean): void {
    try {
      const request = readRequest(frame, binary);
      // One history at a time: a client that asks and does not read must not fill the server's memory.
      const asks = request.type === "get" && request.seq !== null;
      this.#answering = asks;
      this.#room.request(request, (answer) => {
        if (asks) this.#allowance = Number.POSITIVE_INFINITY;
        const goOn = asks ? () => this.#goOn() : undefined;
        if (answer instanceof Refusal) this.#complain(answer, goOn);
        else if (answer) this.send(answer, goOn);
      });
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      // In its place among the answers, so that a client can tell what it is about.
      this.#room.barrier(() => this.#complain(error));
    }
  }

  #goOn(): void {
    this.#answering = false;
    while (!this.#answering) {
      const next = this.#backlog.shift();
      if (!next) break;
      this.#take(...next);
    }
    this.#resume();
  }

  /** Tells the sender, and nobody else, what was wrong. The connection stays open (P10). */
  #complain({ code, message }: FrameError | Refusal, sent?: () => void): void {
    this.send(Frame.of({ type: "error", message, code }), sent);
  }

  /** A client that is too fast is read more slowly: nothing is refused, and TCP holds it back. */
  #pace(bytes: number): void {
    const now = performance.now();
    const wait = Math.max(this.#messages.take(1, now), this.#bytes.take(bytes, now));
    if (wait === 0 || this.#paced) return;
    this.#hold();
    this.#paced = setTimeout(() => {
      this.#paced = undefined;
      this.#resume();
    }, wait).unref();
  }

  /** Reads no further, unless it is being closed: then the close of the other side is to be read. */
  #hold(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.pause();
  }

  /** Reads on, if nothing is against it. */
  #resume(): void {
    if (!this.#paced && this.#backlog.length === 0) this.#socket.resume();
  }
}

import { MAX_UNSENT_BYTES } from "driftdb-protocol";
import type { WebSocket } from "ws";
import type { Frame } from "../frame/frame.js";
import type { Receiver, Transport } from "../frame/transport.js";
import type { Limits } from "../limits/limits.js";
import { TokenBucket } from "../limits/token-bucket.js";
import type { Wire } from "./frame-batch.js";
import { type Sender, SendQueue } from "./send-queue.js";
import { giveUp } from "./slow-client.js";

/** A client's WebSocket: what is sent through it is encoded once, what it sends is read no faster than allowed. */
export class ClientSocket implements Transport, Sender {
  readonly #socket: WebSocket;
  readonly #outgoing: SendQueue | undefined;
  readonly #cbor: boolean;
  readonly #limits: Limits;
  #messages: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  /** Unsent bytes that are an `init`'s, which is never too much (S12). */
  #allowance = 0;
  #receiver: Receiver | undefined;
  /** Whether it is read no further for now, and what had been read by then. */
  #held = false;
  /** What has been read all the same: most connections never need it. */
  #backlog: [frame: Uint8Array, binary: boolean][] | undefined;
  #paced: NodeJS.Timeout | undefined;

  /** @param wire what carries the WebSocket; without it, each frame goes through that. */
  constructor(socket: WebSocket, useCbor: boolean, limits: Limits, wire?: Wire) {
    this.#socket = socket;
    this.#cbor = useCbor;
    this.#outgoing = wire && new SendQueue(wire, useCbor, this);
    this.#limits = limits;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Gives each frame that comes to `receiver`, in order, from now on. */
  read(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#socket.on("message", (data, binary) => {
      const frame = data as Buffer;
      this.#pace(frame.length);
      if (this.#held) {
        this.#backlog ??= [];
        this.#backlog.push([frame, binary]);
        this.#pause();
      } else this.#receiver?.receive(frame, binary);
    });
  }

  /**
   * Reads no further: a client that asks for one history after the other, and does not read them, must not fill the
   * server's memory (D18).
   *
   * @returns what reads on.
   */
  hold(): () => void {
    this.#held = true;
    return () => {
      this.#held = false;
      while (!this.#held) {
        const next = this.#backlog?.shift();
        if (!next) break;
        this.#receiver?.receive(...next);
      }
      this.#resume();
    };
  }

  /** @param sent called when the frame is on its way, or will never be. */
  send(frame: Frame, sent?: () => void): void {
    if (this.#outgoing) {
      this.#outgoing.send(frame, sent);
    } else if (this.isOpen) {
      this.#socket.send(this.#cbor ? frame.cbor : frame.json, sent);
      this.piledUp();
    } else {
      sent?.();
    }
  }

  /** Sends a history, which may be larger than what may otherwise be unsent: one at a time (D18). */
  sendInit(frame: Frame, sent?: () => void): void {
    const inParts = this.#outgoing && frame.isLong;
    if (!inParts && Math.min(this.#allowance, this.#unsent) < MAX_UNSENT_BYTES) {
      this.#allowance = Number.POSITIVE_INFINITY;
    }
    this.send(frame, sent);
  }

  /** Closes it. What still comes is given to the receiver: the room knows whether it counts (S10). */
  close(code: number, reason: string): void {
    this.#outgoing?.flush();
    this.#socket.close(code, cut(reason));
    // The close of the other side is to be read, whatever was to wait.
    this.#socket.resume();
  }

  drained(): void {
    this.#allowance = 0;
  }

  /** A client that does not read is never skipped: it is told so, comes back, and resumes (S12). */
  piledUp(): void {
    const unsent = this.#unsent;
    this.#allowance = Math.min(this.#allowance, unsent);
    if (unsent > this.#allowance + MAX_UNSENT_BYTES) giveUp(this.#socket);
  }

  /** Bytes that were sent, and that the client has not taken, but for those of a long history. */
  get #unsent(): number {
    return this.#socket.bufferedAmount + (this.#outgoing?.beside ?? 0);
  }

  /** A client that is too fast is read more slowly: nothing is refused, and TCP holds it back. */
  #pace(bytes: number): void {
    const { messagesPerSecond, messageBurst, bytesPerSecond } = this.#limits;
    if (messageBurst === Number.POSITIVE_INFINITY && bytesPerSecond === Number.POSITIVE_INFINITY) return;
    const now = performance.now();
    this.#messages ??= new TokenBucket(messagesPerSecond, messageBurst, now);
    // One message of the largest size is no reason to wait.
    this.#bytes ??= new TokenBucket(bytesPerSecond, Math.max(bytesPerSecond, MAX_UNSENT_BYTES), now);
    const wait = Math.max(this.#messages.take(1, now), this.#bytes.take(bytes, now));
    if (wait === 0 || this.#paced) return;
    this.#pause();
    this.#paced = setTimeout(() => {
      this.#paced = undefined;
      this.#resume();
    }, wait).unref();
  }

  /** One that is being closed is read on, up to the close of the other side. */
  #pause(): void {
    if (this.isOpen) this.#socket.pause();
  }

  #resume(): void {
    if (!this.#paced && !this.#backlog?.length) this.#socket.resume();
  }
}

/** RFC 6455 has place for 123 bytes: ws throws at more, and closes nothing. */
function cut(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, 120)
    .toString()
    .replace(/\uFFFD$/, "");
}

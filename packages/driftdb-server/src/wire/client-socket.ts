import { MAX_UNSENT_BYTES } from "driftdb-protocol";
import type { WebSocket } from "ws";
import type { Frame } from "../frame/frame.js";
import type { Receiver, Transport } from "../frame/transport.js";
import type { Limits } from "../limits/limits.js";
import { TokenBucket } from "../limits/token-bucket.js";
import type { Wire } from "./frame-batch.js";
import { type Sender, SendQueue } from "./send-queue.js";
import { closeSlowClient } from "./slow-client.js";

/** A client's WebSocket. It reads the client's frames no faster than the limits allow. */
export class ClientSocket implements Transport, Sender {
  readonly #socket: WebSocket;
  readonly #outgoing: SendQueue | undefined;
  readonly #cbor: boolean;
  readonly #limits: Limits;
  #messages: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  /** Unsent bytes of an `init`, which the limit does not count (S12). */
  #allowance = 0;
  #receiver: Receiver | undefined;
  #isPaused = false;
  /** Frames that arrived while reading is paused. Most connections never need it. */
  #backlog: [frame: Uint8Array, binary: boolean][] | undefined;
  /** Set while reading is paused because the client was too fast. */
  #paceTimer: NodeJS.Timeout | undefined;

  /** @param wire the WebSocket's TCP connection. Without it, each frame is one `send` of the WebSocket. */
  constructor(socket: WebSocket, useCbor: boolean, limits: Limits, wire?: Wire) {
    this.#socket = socket;
    this.#cbor = useCbor;
    this.#outgoing = wire && new SendQueue(wire, useCbor, this);
    this.#limits = limits;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  read(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#socket.on("message", (data, binary) => {
      const frame = data as Buffer;
      this.#pace(frame.length);
      if (this.#isPaused) {
        this.#backlog ??= [];
        this.#backlog.push([frame, binary]);
        this.#pauseSocket();
      } else this.#receiver?.receive(frame, binary);
    });
  }

  pause(): () => void {
    this.#isPaused = true;
    return () => {
      this.#isPaused = false;
      while (!this.#isPaused) {
        const next = this.#backlog?.shift();
        if (!next) break;
        this.#receiver?.receive(...next);
      }
      this.#resumeSocket();
    };
  }

  send(frame: Frame, sent?: () => void): void {
    if (this.#outgoing) {
      this.#outgoing.send(frame, sent);
    } else if (this.isOpen) {
      this.#socket.send(this.#cbor ? frame.cbor : frame.json, sent);
      this.unsentGrew();
    } else {
      sent?.();
    }
  }

  sendInit(frame: Frame, sent?: () => void): void {
    const inParts = this.#outgoing && frame.isLong;
    if (!inParts && Math.min(this.#allowance, this.#unsent) < MAX_UNSENT_BYTES) {
      this.#allowance = Number.POSITIVE_INFINITY;
    }
    this.send(frame, sent);
  }

  close(code: number, reason: string): void {
    this.#outgoing?.flush();
    this.#socket.close(code, truncate(reason));
    // The client's close frame has to be read, even if reading was paused.
    this.#socket.resume();
  }

  wireHasRoom(): void {
    this.#allowance = 0;
  }

  /** Closes the connection of a client that does not read. No frame is skipped (S12). */
  unsentGrew(): void {
    const unsent = this.#unsent;
    this.#allowance = Math.min(this.#allowance, unsent);
    if (unsent > this.#allowance + MAX_UNSENT_BYTES) closeSlowClient(this.#socket);
  }

  /** Bytes that wait for the client to read them, without those of a long history. */
  get #unsent(): number {
    return this.#socket.bufferedAmount + (this.#outgoing?.unsentBesidesWire ?? 0);
  }

  /** Reads a client that is too fast more slowly. No frame is refused: TCP slows the client down. */
  #pace(bytes: number): void {
    const { messagesPerSecond, messageBurst, bytesPerSecond } = this.#limits;
    if (messageBurst === Number.POSITIVE_INFINITY && bytesPerSecond === Number.POSITIVE_INFINITY) return;
    const now = performance.now();
    this.#messages ??= new TokenBucket(messagesPerSecond, messageBurst, now);
    // A single message of the largest size need not wait.
    this.#bytes ??= new TokenBucket(bytesPerSecond, Math.max(bytesPerSecond, MAX_UNSENT_BYTES), now);
    const wait = Math.max(this.#messages.take(1, now), this.#bytes.take(bytes, now));
    if (wait === 0 || this.#paceTimer) return;
    this.#pauseSocket();
    this.#paceTimer = setTimeout(() => {
      this.#paceTimer = undefined;
      this.#resumeSocket();
    }, wait).unref();
  }

  /** A closing socket is not paused: the client's close frame has to be read. */
  #pauseSocket(): void {
    if (this.isOpen) this.#socket.pause();
  }

  #resumeSocket(): void {
    if (!this.#paceTimer && !this.#backlog?.length) this.#socket.resume();
  }
}

/** Shortens the reason of a close. RFC 6455 allows 123 bytes: `ws` throws at more, and closes nothing. */
function truncate(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, 120)
    .toString()
    .replace(/\uFFFD$/, "");
}

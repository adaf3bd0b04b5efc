import { once } from "node:events";
import type { Socket } from "node:net";
import { cbor } from "driftdb-protocol/cbor";
import { type ClientOptions, WebSocket } from "ws";

/** Any decoded frame of the server. */
export interface Down {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How a connection ended. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket client that knows only JSON, CBOR and pings. */
export class RawClient {
  /** All frames so far, including those that `next` has returned. */
  readonly frames: Down[] = [];
  /** The bytes of the same frames. */
  readonly raw: { readonly binary: boolean; readonly bytes: Buffer }[] = [];
  /** Resolves when the connection is closed. */
  readonly ended: Promise<Ended>;
  #read = 0;
  #nonce = 1_000_000;
  #wake = () => {};
  #end: Ended | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data, binary) => {
      const bytes = data as Buffer;
      this.raw.push({ binary, bytes });
      this.frames.push((binary ? cbor.decode(bytes) : JSON.parse(bytes.toString())) as Down);
      this.#wake();
    });
    socket.on("error", () => {});
    this.ended = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.#end = { code, reason: reason.toString() };
        this.#wake();
        resolve(this.#end);
      });
    });
  }

  /** Connects. The client receives the room's broadcasts when this resolves (P2). */
  static async connect(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(new WebSocket(url, { perMessageDeflate: false, ...options }));
    await once(client.socket, "open");
    return client;
  }

  /** Sends a message as JSON text. */
  send(message: unknown): void {
    this.sendText(JSON.stringify(message));
  }

  /** Sends a message as binary CBOR. */
  sendCbor(message: object): void {
    this.sendBinary(cbor.encode(message) as Uint8Array);
  }

  /** Sends a text frame of these bytes, UTF-8 or not. */
  sendText(text: string | Uint8Array): void {
    this.socket.send(text, { binary: false });
  }

  sendBinary(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  /** Waits for the next unread frame. */
  async next(): Promise<Down> {
    for (;;) {
      const frame = this.frames[this.#read];
      if (frame) {
        this.#read++;
        return frame;
      }
      if (this.#end) throw new Error(`closed with ${this.#end.code} where a frame was expected`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Reads frames up to the first one that matches, and returns that one. */
  async until(predicate: (frame: Down) => boolean): Promise<Down> {
    for (;;) {
      const frame = await this.next();
      if (predicate(frame)) return frame;
    }
  }

  /** Waits for the next `count` frames. */
  async nextFrames(count: number): Promise<Down[]> {
    const frames: Down[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /**
   * Sends a ping, and returns all unread frames before its pong. The server answers in order, so any other
   * frame was not sent.
   */
  async drain(): Promise<Down[]> {
    const nonce = this.#nonce++;
    this.send({ type: "ping", nonce });
    const before: Down[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.type === "pong" && frame.nonce === nonce) return before;
      before.push(frame);
    }
  }

  /** Closes with code 1000, and resolves when the connection is closed. */
  close(): Promise<Ended> {
    this.socket.close(1000);
    return this.ended;
  }

  /** Cuts the connection without a close frame. The server sees a reset. */
  cut(): void {
    (this.socket as unknown as { _socket: Socket })._socket.resetAndDestroy();
  }
}

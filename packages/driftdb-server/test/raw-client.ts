import { once } from "node:events";
import type { Socket } from "node:net";
import { cbor } from "driftdb-protocol/cbor";
import { type ClientOptions, WebSocket } from "ws";

/** Any frame of the server, as it was decoded. */
export interface Down {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How a connection ended. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket client that knows nothing of the protocol but JSON, CBOR, and what a ping is for. */
export class RawClient {
  /** All frames so far, those that `next` has given out included. */
  readonly frames: Down[] = [];
  /** The same frames as they were on the wire. */
  readonly raw: { readonly binary: boolean; readonly bytes: Buffer }[] = [];
  /** Settles when the connection is closed. */
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

  /** Connects, and is in the room's broadcasts when it resolves (P2). */
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

  /** The next frame that was not read yet. */
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

  /** Reads on until a frame is as asked for, and answers it. */
  async until(predicate: (frame: Down) => boolean): Promise<Down> {
    for (;;) {
      const frame = await this.next();
      if (predicate(frame)) return frame;
    }
  }

  /** Reads so many frames. */
  async take(count: number): Promise<Down[]> {
    const frames: Down[] = [];
    while (frames.length < count) frames.push(await this.next());
    return frames;
  }

  /**
   * Reads all that the server had for this client when it answers a ping of now: the server answers
   * in order, so that what is not among it was not sent.
   */
  async settle(): Promise<Down[]> {
    const nonce = this.#nonce++;
    this.send({ type: "ping", nonce });
    const before: Down[] = [];
    for (;;) {
      const frame = await this.next();
      if (frame.type === "pong" && frame.nonce === nonce) return before;
      before.push(frame);
    }
  }

  /** Closes as a client does that is done, and answers how it ended. */
  close(): Promise<Ended> {
    this.socket.close(1000);
    return this.ended;
  }

  /** Cuts the connection without a word: the server sees a reset. */
  cut(): void {
    (this.socket as unknown as { _socket: Socket })._socket.resetAndDestroy();
  }
}

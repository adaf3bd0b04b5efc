import type { Frame, Receiver, Transport } from "driftdb-server/core";

/** A WebSocket of workers and browsers. */
export interface StandardWebSocket {
  readonly readyState: number;
  binaryType: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "message", listen: (event: { data: string | ArrayBuffer }) => void): void;
}

const OPEN = 1;

/** A transport on a standard WebSocket. The runtime queues its frames and answers pings. */
export class WebSocketTransport implements Transport {
  readonly #socket: StandardWebSocket;
  readonly #cbor: boolean;
  #receiver: Receiver | undefined;
  /** Frames that arrived while reading is paused. */
  #backlog: (string | ArrayBuffer)[] = [];
  #isPaused = false;

  constructor(socket: StandardWebSocket, cbor: boolean) {
    this.#socket = socket;
    this.#cbor = cbor;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (this.#isPaused) this.#backlog.push(data);
      else this.#receive(data);
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === OPEN;
  }

  read(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  pause(): () => void {
    this.#isPaused = true;
    return () => {
      this.#isPaused = false;
      while (!this.#isPaused && this.#backlog.length > 0) this.#receive(this.#backlog.shift() as string);
    };
  }

  send(frame: Frame, sent?: () => void): void {
    if (this.isOpen) this.#socket.send(this.#cbor ? frame.cbor : frame.json);
    sent?.();
  }

  sendInit(frame: Frame, sent?: () => void): void {
    this.send(frame, sent);
  }

  close(code: number, reason: string): void {
    // A close frame has room for 123 bytes, and a character has up to 3.
    this.#socket.close(code, reason.slice(0, 40));
  }

  #receive(data: string | ArrayBuffer): void {
    const isText = typeof data === "string";
    this.#receiver?.receive(isText ? new TextEncoder().encode(data) : new Uint8Array(data), !isText);
  }
}

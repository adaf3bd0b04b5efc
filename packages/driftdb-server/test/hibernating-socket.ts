import type { Frame } from "../src/frame/frame.js";
import type { Receiver, SessionMemory, Transport } from "../src/frame/transport.js";
import type { Down } from "./raw-client.js";

/** A socket that stays open while its process sleeps, as in a Durable Object. */
export class HibernatingSocket {
  /** The frames that any process has sent to the client. */
  readonly sent: Down[] = [];
  /** A copy of the memory that the newest process has stored. */
  memory: SessionMemory | undefined;
  /** The code with which the server closed the socket, if it did. */
  closeCode: number | undefined;
  #transport: HibernatingTransport | undefined;

  /** Makes the transport of a process that opens the socket, or wakes. It receives all later frames. */
  transport(): Transport {
    this.#transport = new HibernatingTransport(this);
    return this.#transport;
  }

  /** Ends the process, and its transport with it. */
  sleep(): void {
    this.#transport = undefined;
  }

  /**
   * Receives a frame from the client.
   *
   * @throws {Error} if no process is awake.
   */
  receive(frame: string | Uint8Array): void {
    if (!this.#transport) throw new Error("the process sleeps: wake it first");
    this.#transport.receive(new Uint8Array(Buffer.from(frame)), typeof frame !== "string");
  }
}

/** One process's view of the socket. Its runtime sends all frames immediately. */
class HibernatingTransport implements Transport {
  readonly #socket: HibernatingSocket;
  readonly #backlog: [frame: Uint8Array, binary: boolean][] = [];
  #receiver: Receiver | undefined;
  #isPaused = false;

  constructor(socket: HibernatingSocket) {
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#socket.closeCode === undefined;
  }

  read(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  pause(): () => void {
    this.#isPaused = true;
    return () => {
      this.#isPaused = false;
      while (!this.#isPaused) {
        const next = this.#backlog.shift();
        if (!next) break;
        this.#receiver?.receive(...next);
      }
    };
  }

  send(frame: Frame, sent?: () => void): void {
    if (this.isOpen) this.#socket.sent.push(JSON.parse(frame.json) as Down);
    sent?.();
  }

  sendInit(frame: Frame, sent?: () => void): void {
    this.send(frame, sent);
  }

  close(code: number): void {
    this.#socket.closeCode ??= code;
  }

  remember(memory: SessionMemory): void {
    this.#socket.memory = structuredClone(memory);
  }

  receive(frame: Uint8Array, binary: boolean): void {
    if (this.#isPaused) this.#backlog.push([frame, binary]);
    else this.#receiver?.receive(frame, binary);
  }
}

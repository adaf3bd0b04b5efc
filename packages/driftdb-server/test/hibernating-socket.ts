import type { Frame } from "../src/frame/frame.js";
import type { Receiver, SessionMemory, Transport } from "../src/frame/transport.js";
import type { Down } from "./raw-client.js";

/** A client's socket whose process sleeps between two frames, as that of a Durable Object: it outlives the process. */
export class HibernatingSocket {
  /** What the client was sent, by any process. */
  readonly sent: Down[] = [];
  /** What the newest process has remembered, as a copy. */
  memory: SessionMemory | undefined;
  /** The code it was closed with by the server, if it was. */
  closeCode: number | undefined;
  #transport: HibernatingTransport | undefined;

  /** A process opens it, or wakes: from now on its transport has what comes. */
  transport(): Transport {
    this.#transport = new HibernatingTransport(this);
    return this.#transport;
  }

  /** The process sleeps: what it had in memory is gone. */
  sleep(): void {
    this.#transport = undefined;
  }

  /** A frame from the client. @throws {Error} if no process is awake. */
  receive(frame: string | Uint8Array): void {
    if (!this.#transport) throw new Error("the process sleeps: wake it first");
    this.#transport.take(new Uint8Array(Buffer.from(frame)), typeof frame !== "string");
  }
}

/** One process's view of the socket. Its runtime takes all frames immediately. */
class HibernatingTransport implements Transport {
  readonly #socket: HibernatingSocket;
  readonly #backlog: [frame: Uint8Array, binary: boolean][] = [];
  #receiver: Receiver | undefined;
  #isHeld = false;

  constructor(socket: HibernatingSocket) {
    this.#socket = socket;
  }

  get isOpen(): boolean {
    return this.#socket.closeCode === undefined;
  }

  read(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  hold(): () => void {
    this.#isHeld = true;
    return () => {
      this.#isHeld = false;
      while (!this.#isHeld) {
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

  take(frame: Uint8Array, binary: boolean): void {
    if (this.#isHeld) this.#backlog.push([frame, binary]);
    else this.#receiver?.receive(frame, binary);
  }
}

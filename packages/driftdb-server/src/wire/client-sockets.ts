import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { MAX_FRAME_BYTES } from "driftdb-protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { Limits } from "../limits/limits.js";
import { ClientSocket } from "./client-socket.js";
import { Heartbeat } from "./heartbeat.js";

const ignore = () => {};

/** How long a closing socket may take before it is cut, in ms. */
const CLOSE_TIMEOUT = 1_000;

/** What is told of the end of a socket. */
export type Closed = (code: number) => void;

/** The WebSockets of this server's clients: makes them of upgrade requests, and watches them as long as they are open. */
export class ClientSockets {
  readonly #limits: Limits;
  readonly #heartbeat = new Heartbeat();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // A frame that is only a little too large gets an error; one far beyond is abuse (P10, S13).
    maxPayload: MAX_FRAME_BYTES,
    // The codec checks it, and answers with an error where ws would close the connection (P10).
    skipUTF8Validation: true,
  });

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Makes a WebSocket of an upgrade request.
   *
   * @param useCbor whether the client is sent CBOR (P7).
   * @param opened given the client's socket; what it answers is told when the socket has closed.
   * @returns `false` if the handshake was bad, and has been refused.
   */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    useCbor: boolean,
    opened: (client: ClientSocket) => Closed,
  ): boolean {
    let upgraded = false;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      upgraded = true;
      this.#open(webSocket, socket, useCbor, opened);
    });
    return upgraded;
  }

  /** What a connection keeps as long as it is open is no more than what its end needs: there are many of them. */
  #open(
    webSocket: WebSocket,
    wire: Duplex,
    useCbor: boolean,
    opened: (client: ClientSocket) => Closed,
  ): void {
    // The close that follows says all there is to know.
    webSocket.on("error", ignore);
    this.#heartbeat.watch(webSocket, wire as Partial<Socket>);
    const closed = opened(new ClientSocket(webSocket, useCbor, this.#limits, wire));
    webSocket.on("close", (code) => {
      this.#heartbeat.forget(webSocket);
      closed(code);
    });
  }

  /** Closes all with a code and a reason, and cuts those that do not answer. */
  async close(code: number, reason: string): Promise<void> {
    const cut = setTimeout(() => {
      for (const socket of this.#heartbeat.sockets) socket.terminate();
    }, CLOSE_TIMEOUT);
    await Promise.all(
      Array.from(this.#heartbeat.sockets, (socket) => {
        const closed = new Promise((resolve) => socket.once("close", resolve));
        socket.resume();
        socket.close(code, reason);
        return closed;
      }),
    );
    clearTimeout(cut);
  }
}

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { MAX_FRAME_BYTES } from "driftdb-protocol";
import { type WebSocket, WebSocketServer } from "ws";
import type { Limits } from "../limits/limits.js";
import { ClientSocket } from "./client-socket.js";
import { Heartbeat } from "./heartbeat.js";

const ignore = () => {};

/** Milliseconds that the clients have to answer a close before their sockets are cut. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Called when a socket has closed. @param code of the close. */
export type Closed = (code: number) => void;

/** The WebSockets of this server's clients, from the upgrade request to the close. */
export class ClientSockets {
  readonly #limits: Limits;
  readonly #heartbeat = new Heartbeat();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // A frame that is slightly too large is answered with an error. A far larger one is abuse (P10, S13).
    maxPayload: MAX_FRAME_BYTES,
    // The codec checks UTF-8. It answers with an error, where ws would close the connection (P10).
    skipUTF8Validation: true,
  });

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Opens a WebSocket for an upgrade request.
   *
   * @param useCbor whether the server's frames are CBOR (P7).
   * @param opened called with the client's socket. It returns a function to call when the socket has closed.
   * @returns `false` for a bad handshake, which has been answered.
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

  /** A separate method, since the close listener lives long: it captures only these variables. */
  #open(
    webSocket: WebSocket,
    wire: Duplex,
    useCbor: boolean,
    opened: (client: ClientSocket) => Closed,
  ): void {
    // The close event that follows has the code.
    webSocket.on("error", ignore);
    this.#heartbeat.watch(webSocket, wire as Partial<Socket>);
    const closed = opened(new ClientSocket(webSocket, useCbor, this.#limits, wire));
    webSocket.on("close", (code) => {
      this.#heartbeat.unwatch(webSocket);
      closed(code);
    });
  }

  /** Closes all sockets. It cuts those whose client does not answer the close. */
  async close(code: number, reason: string): Promise<void> {
    const cut = setTimeout(() => {
      for (const socket of this.#heartbeat.sockets) socket.terminate();
    }, CLOSE_TIMEOUT_MS);
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

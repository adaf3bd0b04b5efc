import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { CloseCode, MESSAGE_LIMITS } from "driftdb-protocol";
import { type WebSocket, WebSocketServer } from "ws";
import { openConnection } from "../connection/open-connection.js";
import type { AddressLimits } from "../limits/address-limits.js";
import type { Limits } from "../limits/limits.js";
import type { OpenRooms } from "../room/open-rooms.js";
import type { RoomHost } from "../room/room-host.js";
import { type Counted, Heartbeat } from "../wire/heartbeat.js";
import { HttpError } from "./http-error.js";
import { addressOf } from "./http-handler.js";
import { type ConnectionOptions, connectionOptions, route } from "./routes.js";

const ignore = () => {};

/** How long a closing socket may take before it is cut, in ms. */
const CLOSE_TIMEOUT = 1_000;

/** Turns upgrade requests into connections of a room (P2). */
export class UpgradeHandler {
  readonly #rooms: OpenRooms;
  readonly #addresses: AddressLimits;
  readonly #limits: Limits;
  readonly #prefix: string;
  readonly #heartbeat = new Heartbeat();
  #closing = false;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // A frame that is only a little too large gets an error; one far beyond is abuse (P10, S13).
    maxPayload: 2 * MESSAGE_LIMITS.messageBytes,
    // The codec checks it, and answers with an error where ws would close the connection (P10).
    skipUTF8Validation: true,
  });

  constructor(rooms: OpenRooms, addresses: AddressLimits, limits: Limits, prefix: string) {
    this.#rooms = rooms;
    this.#addresses = addresses;
    this.#limits = limits;
    this.#prefix = prefix;
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until the WebSocket takes over, a reset of the socket would be an uncaught error.
    socket.on("error", ignore);
    const address = addressOf(request);
    // Gives back what has been taken so far.
    let leave = () => {};
    try {
      const target = route(request, this.#prefix);
      if (target.name !== "connect") throw new HttpError(404, "not_found", "no WebSocket is here");
      if (!this.#addresses.connect(address)) {
        throw new HttpError(503, "too_many_connections", "too many connections are open");
      }
      leave = () => this.#addresses.disconnect(address);
      const options = connectionOptions(request);
      const room = await this.#rooms.acquire(target.room);
      // A browser cannot see why an upgrade was refused: a session is told by a close code (S14).
      if (!room && !options.cid) {
        throw new HttpError(404, "no_such_room", "there is no such room: make one with POST /new");
      }
      leave = () => {
        if (room) this.#rooms.release(target.room);
        this.#addresses.disconnect(address);
      };
      if (socket.destroyed || this.#closing) {
        leave();
        socket.destroy();
        return;
      }
      let upgraded = false;
      this.#server.handleUpgrade(request, socket, head, (webSocket) => {
        upgraded = true;
        socket.off("error", ignore);
        this.#open(webSocket, socket, address, room, target.room, options);
      });
      // ws has refused the handshake itself.
      if (!upgraded) leave();
    } catch (error) {
      leave();
      refuse(socket, error as Error);
    }
  }

  /** What a connection keeps as long as it is open is no more than what its end needs: there are many of them. */
  #open(
    webSocket: WebSocket,
    wire: Duplex,
    address: string,
    room: RoomHost | null,
    id: string,
    options: ConnectionOptions,
  ): void {
    // The close that follows says all there is to know.
    webSocket.on("error", ignore);
    this.#heartbeat.watch(webSocket, wire as Counted);
    const connection = openConnection(webSocket, room, options, this.#limits, wire);
    webSocket.on("close", (code) => {
      this.#heartbeat.forget(webSocket);
      connection?.left(code);
      if (room) this.#rooms.release(id);
      this.#addresses.disconnect(address);
    });
  }

  /** Asks all clients to come back later (1012), and cuts those that do not answer. */
  async close(): Promise<void> {
    this.#closing = true;
    const cut = setTimeout(() => {
      for (const socket of this.#heartbeat.sockets) socket.terminate();
    }, CLOSE_TIMEOUT);
    await Promise.all(
      Array.from(this.#heartbeat.sockets, (socket) => {
        const closed = new Promise((resolve) => socket.once("close", resolve));
        socket.resume();
        socket.close(CloseCode.restart, "the server stops");
        return closed;
      }),
    );
    clearTimeout(cut);
  }
}

function refuse(socket: Duplex, error: Error): void {
  const { status, message } =
    error instanceof HttpError ? error : { status: 500, message: "the server failed" };
  const body = `${message}\n`;
  // A client that leaves its half open would hold the socket, and the closing of the server, for ever.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import {
  CLOSE_RESTART,
  ERROR_NOT_FOUND,
  ERROR_TOO_MANY_CONNECTIONS,
  type SessionLimits,
} from "driftdb-protocol";
import { openConnection, sessionLimits } from "../connection/open-connection.js";
import { type ErrorReporter, errorReporter } from "../engine/error-reporter.js";
import { type AddressLimits, addressOf } from "../limits/address-limits.js";
import type { Limits } from "../limits/limits.js";
import type { OpenRooms } from "../room/open-rooms.js";
import { publicName } from "../room/public-name.js";
import { ClientSockets } from "../wire/client-sockets.js";
import { HttpError, noSuchRoom } from "./http-error.js";
import { connectionOptions, route } from "./routes.js";

const ignore = () => {};

/** Makes connections of rooms from upgrade requests (P2). */
export class UpgradeHandler {
  readonly #rooms: OpenRooms;
  readonly #addresses: AddressLimits;
  readonly #sessionLimits: SessionLimits;
  readonly #prefix: string;
  readonly #sockets: ClientSockets;
  readonly #report: ErrorReporter;
  #closing = false;

  /** @param onError called with errors that the client only learns of as "the server failed". */
  constructor(
    rooms: OpenRooms,
    addresses: AddressLimits,
    limits: Limits,
    prefix: string,
    onError?: ErrorReporter,
  ) {
    this.#rooms = rooms;
    this.#addresses = addresses;
    this.#sessionLimits = sessionLimits(limits);
    this.#prefix = prefix;
    this.#sockets = new ClientSockets(limits);
    this.#report = errorReporter(onError);
  }

  async handle(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until the WebSocket takes over, a reset of the socket would be an uncaught error.
    socket.on("error", ignore);
    const address = addressOf(request);
    // Releases the room, and counts the connection out, as far as this upgrade got.
    let release = () => {};
    try {
      const target = route(request, this.#prefix);
      if (target.name !== "connect") {
        throw new HttpError(404, ERROR_NOT_FOUND, "this path has no WebSocket: use the room's socket_url");
      }
      if (!this.#addresses.connect(address)) {
        const message = "too many connections are open: close some, or try again later";
        throw new HttpError(503, ERROR_TOO_MANY_CONNECTIONS, message);
      }
      release = () => this.#addresses.disconnect(address);
      const { cbor, debug, cid, allKeys } = connectionOptions(request);
      const session = cid === undefined ? null : { cid, name: await publicName(cid) };
      const room = await this.#rooms.acquire(target.room);
      // Browsers hide why an upgrade was refused, so a session gets a close code instead (S14).
      if (!room && !session) throw noSuchRoom();
      const releaseAll = () => {
        if (room) this.#rooms.release(room);
        this.#addresses.disconnect(address);
      };
      release = releaseAll;
      if (socket.destroyed || this.#closing) {
        releaseAll();
        socket.destroy();
        return;
      }
      const kind = { session, debug, allKeys };
      const upgraded = this.#sockets.upgrade(request, socket, head, cbor, (client) => {
        socket.off("error", ignore);
        const connection = openConnection(client, room, kind, this.#sessionLimits);
        return (code) => {
          connection?.left(code);
          releaseAll();
        };
      });
      // ws has refused the handshake, and has answered it.
      if (!upgraded) releaseAll();
    } catch (error) {
      release();
      if (!(error instanceof HttpError)) this.#report(error as Error);
      refuse(socket, error as Error);
    }
  }

  /** Closes all connections with 1012, so that clients reconnect later. Cuts those that do not answer. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#sockets.close(CLOSE_RESTART, "the server stops");
  }
}

function refuse(socket: Duplex, error: Error): void {
  const { status, message } =
    error instanceof HttpError ? error : { status: 500, message: "the server failed" };
  const body = `${message}\n`;
  // A client that never closes its side would keep the socket open, and delay the end of the server forever.
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: text/plain\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

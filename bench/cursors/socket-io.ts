import { type Cursor, type Cursors, type Moved, type Position, text } from "../lib/cursor.js";
import type { RawSocket } from "../lib/raw-socket.js";

/** Prefixes of Engine.IO 4. A message contains a packet of Socket.IO. */
const OPEN = "0";
const PING = "2";
const PONG = "3";
const CONNECT = "40";
const EVENT = "42";

class SocketIoCursor implements Cursor {
  hasJoined = false;
  #socket: RawSocket | undefined;

  constructor(readonly url: string) {}

  open(socket: RawSocket): void {
    this.#socket = socket;
  }

  take(payload: Buffer, _binary: boolean, moved: Moved): void {
    const frame = payload.toString();
    if (frame.startsWith(EVENT)) {
      const [, id, position] = JSON.parse(frame.slice(EVENT.length)) as [string, string, Position];
      moved(id, position);
    } else if (frame.startsWith(CONNECT)) this.hasJoined = true;
    else if (frame.startsWith(OPEN)) this.#socket?.send(CONNECT);
    else if (frame === PING) this.#socket?.send(PONG);
  }

  move(position: Position) {
    return text(`${EVENT}${JSON.stringify(["cursor", position])}`);
  }
}

/** Socket.IO: an event, which the server broadcasts with the id of the sender's socket. */
export const socketIoCursors: Cursors = {
  name: "Socket.IO",
  program: "server-socket-io-cursors",
  args: () => [],
  client: (server) =>
    new SocketIoCursor(`${server.replace("http", "ws")}socket.io/?EIO=4&transport=websocket`),
};

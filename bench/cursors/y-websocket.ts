import { createDecoder, readVarUint, readVarUint8Array } from "lib0/decoding";
import { writeVarUint, writeVarUint8Array } from "lib0/encoding";
import { PointerAwareness, readAwareness } from "../lib/awareness.js";
import type { Cursor, Cursors, Moved, Position } from "../lib/cursor.js";
import type { RawSocket } from "../lib/raw-socket.js";
import { AWARENESS, frame } from "../lib/yjs-frames.js";

class YWebsocketCursor implements Cursor {
  /** The server adds a client as soon as it opens, and then sends its first frame. */
  hasJoined = false;
  readonly #awareness = new PointerAwareness();

  constructor(readonly url: string) {}

  open(_socket: RawSocket): void {}

  take(payload: Buffer, _binary: boolean, moved: Moved): void {
    this.hasJoined = true;
    const decoder = createDecoder(payload);
    if (readVarUint(decoder) === AWARENESS) readAwareness(readVarUint8Array(decoder), moved);
  }

  move(position: Position) {
    return frame((to) => {
      writeVarUint(to, AWARENESS);
      writeVarUint8Array(to, this.#awareness.move(position));
    });
  }
}

/** y-websocket: awareness, which the sender receives too. */
export const yWebsocketCursors: Cursors = {
  name: "y-websocket",
  program: "server-y-websocket",
  args: () => [],
  client: (server, room) => new YWebsocketCursor(`${server.replace("http", "ws")}${room}`),
};

import { createDecoder, readVarString, readVarUint, readVarUint8Array } from "lib0/decoding";
import { writeVarString, writeVarUint, writeVarUint8Array } from "lib0/encoding";
import { greeting } from "../dialects/hocuspocus.js";
import { PointerAwareness, readAwareness } from "../lib/awareness.js";
import type { Cursor, Cursors, Moved, Position } from "../lib/cursor.js";
import type { RawSocket } from "../lib/raw-socket.js";
import { AWARENESS, frame, SYNC } from "../lib/yjs-frames.js";

class HocuspocusCursor implements Cursor {
  hasJoined = false;
  readonly #room: string;
  readonly #awareness = new PointerAwareness();

  constructor(
    readonly url: string,
    room: string,
  ) {
    this.#room = room;
  }

  open(socket: RawSocket): void {
    for (const { payload, binary } of greeting(this.#room)) socket.send(payload, binary);
  }

  take(payload: Buffer, _binary: boolean, moved: Moved): void {
    const decoder = createDecoder(payload);
    readVarString(decoder);
    const kind = readVarUint(decoder);
    if (kind === AWARENESS) readAwareness(readVarUint8Array(decoder), moved);
    else if (kind === SYNC) this.hasJoined = true;
  }

  move(position: Position) {
    return frame((to) => {
      writeVarString(to, this.#room);
      writeVarUint(to, AWARENESS);
      writeVarUint8Array(to, this.#awareness.move(position));
    });
  }
}

/** Hocuspocus: awareness, which the sender receives too. */
export const hocuspocusCursors: Cursors = {
  name: "Hocuspocus",
  program: "server-hocuspocus",
  args: () => [],
  client: (server, room) => new HocuspocusCursor(server.replace("http", "ws"), room),
};

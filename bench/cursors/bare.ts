import { type Cursor, type Cursors, type Moved, type Position, text } from "../lib/cursor.js";
import type { RawSocket } from "../lib/raw-socket.js";

class BareCursor implements Cursor {
  readonly hasJoined = true;

  constructor(
    readonly url: string,
    readonly id: number,
  ) {}

  open(_socket: RawSocket): void {}

  take(payload: Buffer, _binary: boolean, moved: Moved): void {
    const { id, x, y } = JSON.parse(payload.toString()) as Position & { id: number };
    moved(id, { x, y });
  }

  move({ x, y }: Position) {
    return text(JSON.stringify({ id: this.id, x, y }));
  }
}

/** The bare loop: `{"id","x","y"}`, with ids as short as can be, and back to whom it came from as well. */
export const bareCursors: Cursors = {
  name: "bare",
  program: "server-bare",
  args: () => [],
  client: (server, room, i) => new BareCursor(`${server.replace("http", "ws")}${room}`, i),
};

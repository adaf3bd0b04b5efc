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

/** The bare loop sends `{"id","x","y"}` with the shortest ids to everybody, the sender included. */
export const bareCursors: Cursors = {
  name: "bare",
  program: "server-bare",
  args: () => [],
  client: (server, room, i) => new BareCursor(`${server.replace("http", "ws")}${room}`, i),
};

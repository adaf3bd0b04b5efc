// Clients of one room that show each other their pointers. Orders over IPC let them join once, and then move
// repeatedly.
import { cursorsOf } from "../cursors.js";
import { CursorRoom } from "../lib/cursor-room.js";

export interface JoinOrder {
  /** The name of the cursors. */
  readonly join: string;
  readonly server: string;
  readonly clients: number;
}

export interface MoveOrder {
  /** Positions of each client. */
  readonly moves: number;
  readonly perSecond: number;
}

let room: CursorRoom | undefined;
// The bench has ended.
process.once("disconnect", () => process.exit());
process.on("message", async (order: JoinOrder | MoveOrder) => {
  if ("join" in order) {
    room = await CursorRoom.join(cursorsOf(order.join), order.server, order.clients);
    process.send?.({});
  } else process.send?.(await room?.move(order.moves, order.perSecond));
});

import { bareCursors } from "./cursors/bare.js";
import { driftdbCursors } from "./cursors/driftdb.js";
import { hocuspocusCursors } from "./cursors/hocuspocus.js";
import { socketIoCursors } from "./cursors/socket-io.js";
import { yWebsocketCursors } from "./cursors/y-websocket.js";
import type { Cursors } from "./lib/cursor.js";

/** Every variant that shows pointers. */
export const allCursors: readonly Cursors[] = [
  driftdbCursors(),
  driftdbCursors({ cbor: true }),
  driftdbCursors({ presence: true }),
  socketIoCursors,
  hocuspocusCursors,
  yWebsocketCursors,
  bareCursors,
];

/** @throws {Error} when no cursors have this name. */
export function cursorsOf(name: string): Cursors {
  const found = allCursors.find((cursors) => cursors.name === name);
  if (!found) throw new Error(`there are no cursors named ${name}`);
  return found;
}

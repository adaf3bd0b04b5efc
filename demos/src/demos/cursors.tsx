import { usePresence } from "driftdb-react";
import { CursorBoard } from "./cursor-board.js";

/** Everybody's pointer. The server remembers each position while its client is here, and stores none. */
export function CursorsDemo() {
  return <CursorBoard name="cursors" usePlaces={usePresence} />;
}

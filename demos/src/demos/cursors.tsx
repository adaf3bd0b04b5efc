import { usePresence } from "driftdb-react";
import { CursorBoard } from "./cursor-board.js";

/** Everybody's pointer. Nothing of it is stored: the server knows who is here, and what each one shows. */
export function CursorsDemo() {
  return <CursorBoard name="cursors" usePlaces={usePresence} />;
}

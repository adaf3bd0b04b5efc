import { useWebRtcPresence } from "driftdb-react";
import { CursorBoard } from "./cursor-board.js";

/** Everybody's pointer, sent from browser to browser: the room only brings them together. */
export function WebRtcCursorsDemo() {
  return <CursorBoard name="webrtc cursors" usePlaces={useWebRtcPresence} />;
}

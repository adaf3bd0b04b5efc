import { useWebRtcPresence } from "driftdb-react";
import { CursorBoard } from "./cursor-board.js";

/** Everybody's pointer, sent from browser to browser. The room only helps the browsers connect. */
export function WebRtcCursorsDemo() {
  return <CursorBoard name="webrtc cursors" usePlaces={useWebRtcPresence} />;
}

import { CLOSE_TOO_SLOW } from "driftdb-protocol";
import type { WebSocket } from "ws";

/** How long a client that is too slow has to take what is unsent, and the close frame behind it: ms. */
const LAST_CHANCE = 2_000;

/** Closes the connection of a client that is too slow (S12): it comes back, and resumes. */
export function giveUp(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(CLOSE_TOO_SLOW, "too slow");
  setTimeout(() => socket.terminate(), LAST_CHANCE).unref();
}

import { CLOSE_TOO_SLOW } from "driftdb-protocol";
import type { WebSocket } from "ws";

/** Milliseconds that a slow client has to read the unsent bytes and the close frame after them. */
const LAST_CHANCE_MS = 2_000;

/** Closes the connection of a client that reads too slowly. The client reconnects and resumes (S12). */
export function closeSlowClient(socket: WebSocket): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(CLOSE_TOO_SLOW, "the client does not read what the server sends: reconnect");
  setTimeout(() => socket.terminate(), LAST_CHANCE_MS).unref();
}

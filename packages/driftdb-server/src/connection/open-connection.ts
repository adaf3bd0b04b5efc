import { CloseCode, MESSAGE_LIMITS, type SessionLimits } from "driftdb-protocol";
import type { WebSocket } from "ws";
import type { ConnectionOptions } from "../http/routes.js";
import type { Limits } from "../limits/limits.js";
import type { RoomHost } from "../room/room-host.js";
import { ClientSocket } from "../wire/client-socket.js";
import type { Wire } from "../wire/frame-batch.js";
import { PlainConnection } from "./plain-connection.js";
import { SessionConnection } from "./session-connection.js";

/** How many messages a session may have in flight: the room remembers so many of its acks (S4). */
const IN_FLIGHT = 256;

/** What is to be told of its end. */
export interface Connection {
  /** @param code that the WebSocket was closed with. */
  left(code: number): void;
}

/**
 * Makes an open WebSocket a connection of a room.
 *
 * @param room `null` for one that does not exist: a session is told so by a close code, since a browser cannot see
 * why an upgrade was refused (S14).
 * @returns what is to be told when the WebSocket is closed; null if it is being closed already.
 * @param wire what carries the WebSocket, if its writes may be joined.
 */
export function openConnection(
  webSocket: WebSocket,
  room: RoomHost | null,
  { cbor, debug, cid, allKeys }: ConnectionOptions,
  limits: Limits,
  wire?: Wire,
): Connection | null {
  if (!room) {
    webSocket.close(CloseCode.noSuchRoom, "there is no such room");
    return null;
  }
  const socket = new ClientSocket(webSocket, cbor, limits, wire);
  const connection = cid
    ? new SessionConnection(socket, room, cid, allKeys, sessionLimits(limits))
    : new PlainConnection(socket, room, debug);
  socket.read(connection);
  return connection;
}

/** What a client must respect (S1). JSON has no Infinity: what is unlimited is left out. */
function sessionLimits(limits: Limits): SessionLimits {
  const { messagesPerSecond, messageBurst, bytesPerSecond } = limits;
  const rates = Object.entries({ messagesPerSecond, messageBurst, bytesPerSecond });
  return {
    messageBytes: MESSAGE_LIMITS.messageBytes,
    inFlight: IN_FLIGHT,
    ...Object.fromEntries(rates.filter(([, rate]) => Number.isFinite(rate))),
  };
}

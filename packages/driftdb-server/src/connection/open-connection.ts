import { CLOSE_NO_SUCH_ROOM, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, type SessionLimits } from "driftdb-protocol";
import type { SessionId } from "../core/request.js";
import type { Transport } from "../frame/transport.js";
import type { Limits } from "../limits/limits.js";
import type { RoomHost } from "../room/room-host.js";
import { PlainConnection } from "./plain-connection.js";
import { SessionConnection } from "./session-connection.js";

/** A connection of a room. Its transport says when it has ended. */
export interface OpenedConnection {
  /** @param code that the socket was closed with. */
  left(code: number): void;
}

/** What kind of connection a client asks for. */
export interface ConnectionKind {
  /** `null` for a plain connection. */
  readonly session: SessionId | null;
  /** S2: a session that is in every broadcast. */
  readonly allKeys: boolean;
  /** P8. */
  readonly debug: boolean;
}

/**
 * Makes an open socket a connection of a room.
 *
 * @param limits what a session is told to respect: `sessionLimits()`, made once.
 * @param room `null` for one that does not exist: a session is told so by a close code, since a browser cannot see
 * why an upgrade was refused (S14).
 * @returns what is to be told when the socket is closed; `null` if it is being closed already.
 */
export function openConnection(
  socket: Transport,
  room: RoomHost | null,
  { session, allKeys, debug }: ConnectionKind,
  limits: SessionLimits,
): OpenedConnection | null {
  if (!room) {
    socket.close(CLOSE_NO_SUCH_ROOM, "there is no such room");
    return null;
  }
  const connection = session
    ? new SessionConnection(socket, room, session, allKeys, limits)
    : new PlainConnection(socket, room, debug);
  socket.read(connection);
  return connection;
}

/** What a client must respect (S1). JSON has no Infinity: what is unlimited is left out. */
export function sessionLimits(limits: Limits): SessionLimits {
  const { messagesPerSecond, messageBurst, bytesPerSecond } = limits;
  const rates = Object.entries({ messagesPerSecond, messageBurst, bytesPerSecond });
  return {
    messageBytes: MAX_MESSAGE_BYTES,
    inFlight: MAX_IN_FLIGHT,
    ...Object.fromEntries(rates.filter(([, rate]) => Number.isFinite(rate))),
  };
}

import { CLOSE_NO_SUCH_ROOM, MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, type SessionLimits } from "driftdb-protocol";
import type { SessionId } from "../core/request.js";
import type { Transport } from "../frame/transport.js";
import type { Limits } from "../limits/limits.js";
import type { RoomHost } from "../room/room-host.js";
import { PlainConnection } from "./plain-connection.js";
import { SessionConnection } from "./session-connection.js";

/** A connection in a room. */
export interface OpenedConnection {
  /** Leaves the room. Call it when the socket has closed. @param code of the close. */
  left(code: number): void;
}

/** The kind of a client's connection. */
export interface ConnectionKind {
  /** `null` for a plain connection. */
  readonly session: SessionId | null;
  /** Whether a session receives all broadcasts (S2). */
  readonly allKeys: boolean;
  /** Whether a plain connection shows whole streams, for debugging (P8). */
  readonly debug: boolean;
}

/**
 * Connects an open socket to a room.
 *
 * @param room `null` if it does not exist. The socket is then closed with a code, since a browser cannot see
 * why a server refused an upgrade (S14).
 * @param limits the limits that a session receives in its `hello`: `sessionLimits()`, made once.
 * @returns the connection; `null` if the room does not exist.
 */
export function openConnection(
  socket: Transport,
  room: RoomHost | null,
  { session, allKeys, debug }: ConnectionKind,
  limits: SessionLimits,
): OpenedConnection | null {
  if (!room) {
    socket.close(CLOSE_NO_SUCH_ROOM, "there is no such room: check the address, or make a new room");
    return null;
  }
  const connection = session
    ? new SessionConnection(socket, room, session, allKeys, limits)
    : new PlainConnection(socket, room, debug);
  socket.read(connection);
  return connection;
}

/** The limits that a client must respect (S1). Infinite ones are left out, since JSON has no Infinity. */
export function sessionLimits(limits: Limits): SessionLimits {
  const { messagesPerSecond, messageBurst, bytesPerSecond } = limits;
  const rates = Object.entries({ messagesPerSecond, messageBurst, bytesPerSecond });
  return {
    messageBytes: MAX_MESSAGE_BYTES,
    inFlight: MAX_IN_FLIGHT,
    ...Object.fromEntries(rates.filter(([, rate]) => Number.isFinite(rate))),
  };
}

import { CLOSE_FORBIDDEN, CLOSE_NO_SUCH_ROOM } from "driftdb-protocol";

/**
 * An error between an application and its room. Programs tell errors apart by `code`, or by class. The code
 * for a message that breaks a rule is the protocol's: `bad_key`, `bad_value`, `bad_seq`, `too_large`.
 *
 * @example
 * try {
 *   await db.connect(socketUrl);
 * } catch (error) {
 *   if (error instanceof RoomNotFoundError) createRoom();
 *   else throw error;
 * }
 */
export class DriftDBError extends Error {
  override readonly name = "DriftDBError";
  // Declared only, which is shorter in a bundle: the constructor makes the fields.
  /** A stable name of the problem, for programs. */
  declare readonly code: string;
  /** The HTTP status that was answered, or the close code of the WebSocket; 0 if there was neither. */
  declare readonly status: number;

  constructor(code: string, message: string, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/**
 * The server answered with an HTTP error (`http_500` and the like), or not as DriftDB does
 * (`unexpected_answer`).
 */
export class HttpError extends DriftDBError {
  /** How long to wait before the next request, in milliseconds, where the server said so. */
  retryAfterMs = 0;
}

/** The room does not exist, or not any more: `http_404`, or `connection_refused` with 4004 (S14). */
export class RoomNotFoundError extends HttpError {}

/**
 * The server does not let this client in: `http_401`, `http_403`, or `connection_refused` with 4003 (S13).
 */
export class ForbiddenError extends HttpError {}

/** `http_429`: the server asks the client to slow down. `retryAfterMs` says for how long. */
export class TooManyRequestsError extends HttpError {}

/** `server_unreachable`: no answer came from the server. */
export class ServerUnreachableError extends DriftDBError {}

/**
 * `connection_refused`: the server closed with a code after which a client may not reconnect (S13). `status`
 * is it.
 */
export class ConnectionRefusedError extends DriftDBError {}

/** `no_sessions`: the server answers, but does not speak the session level of the protocol (S1). */
export class SessionsUnsupportedError extends ConnectionRefusedError {}

/**
 * The room refused a message (S4). `code` is the server's: `stream_full`, `room_full`, `too_many_keys` and so
 * on.
 */
export class MessageRefusedError extends DriftDBError {}

/** `unknown_outcome`: the session was lost after the message was sent. The room may have it, or not (S13). */
export class UnknownOutcomeError extends DriftDBError {}

/** `not_sent`: the connection went to another room before the message was sent. */
export class NotSentError extends DriftDBError {}

type Kind = new (code: string, message: string, status: number) => DriftDBError;

/**
 * The errors for HTTP statuses and close codes (S13, S14), and what they say. 0: a server without sessions
 * (S1).
 */
export const KINDS: Record<number, [Kind, string]> = {
  0: [SessionsUnsupportedError, "the server does not speak sessions: run driftdb-server 2"],
  401: [ForbiddenError, "access refused"],
  403: [ForbiddenError, "access refused"],
  404: [RoomNotFoundError, "no such room"],
  429: [TooManyRequestsError, "too many requests"],
  [CLOSE_FORBIDDEN]: [ForbiddenError, "access refused"],
  [CLOSE_NO_SUCH_ROOM]: [RoomNotFoundError, "no such room"],
};

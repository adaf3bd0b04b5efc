import { CLOSE_FORBIDDEN, CLOSE_NO_SUCH_ROOM } from "driftdb-protocol";

/**
 * What goes wrong between an application and its room. Told apart by `code`, or by class. A message that breaks a rule
 * of the protocol is told by the code that the protocol has for it: `bad_key`, `bad_value`, `bad_seq`, `too_large`.
 */
export class DriftDBError extends Error {
  override readonly name = "DriftDBError";
  // Declared only: the constructor makes the fields.
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
 * An HTTP answer that is no success (`http_500` and the like), or not what a DriftDB server says
 * (`unexpected_answer`).
 */
export class HttpError extends DriftDBError {
  /** How long to wait before the next request, in milliseconds, where the server said so. */
  retryAfterMs = 0;
}

/** There is no such room (any more): `http_404`, or `connection_refused` with 4004 (S14). */
export class RoomNotFoundError extends HttpError {}

/** The server does not let this client in: `http_401`, `http_403`, or `connection_refused` with 4003 (S13). */
export class ForbiddenError extends HttpError {}

/** `http_429`: the server asks to slow down. */
export class TooManyRequestsError extends HttpError {}

/** `server_unreachable`: no answer at all came from the server. */
export class ServerUnreachableError extends DriftDBError {}

/** `connection_refused`: the server closed with a code, which is `status`, after which a client may not retry (S13). */
export class ConnectionRefusedError extends DriftDBError {}

/** `no_sessions`: the server answers, but does not speak the session level of the protocol (S1). */
export class SessionsUnsupportedError extends ConnectionRefusedError {}

/** The room did not take a message (S4). `code` is the server's word for why: `stream_full`, `room_full`, … */
export class MessageRefusedError extends DriftDBError {}

/** `unknown_outcome`: the session was lost after the message was sent, and nobody can say whether the room has it (S13). */
export class UnknownOutcomeError extends DriftDBError {}

/** `not_sent`: the connection went to another room before the message was sent. */
export class NotSentError extends DriftDBError {}

type Kind = new (code: string, message: string, status: number) => DriftDBError;

/** What HTTP statuses and close codes mean (S13, S14), and what to do. */
export const KINDS: Record<number, [Kind, string]> = {
  0: [SessionsUnsupportedError, "the server does not speak sessions: run driftdb-server 2"],
  401: [ForbiddenError, "access refused"],
  403: [ForbiddenError, "access refused"],
  404: [RoomNotFoundError, "no such room"],
  429: [TooManyRequestsError, "too many requests"],
  [CLOSE_FORBIDDEN]: [ForbiddenError, "access refused"],
  [CLOSE_NO_SUCH_ROOM]: [RoomNotFoundError, "no such room"],
};

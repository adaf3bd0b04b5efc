/**
 * What goes wrong between an application and its room. Told apart by `code`, or by class. A message that breaks a rule
 * of the protocol is told by the code that the protocol has for it: `bad_key`, `bad_value`, `bad_seq`, `too_large`.
 */
export class DriftDBError extends Error {
  override readonly name = "DriftDBError";

  constructor(
    /** A stable name of the problem, for programs. */
    readonly code: string,
    message: string,
    /** The HTTP status that was answered, or the close code of the WebSocket; 0 if there was neither. */
    readonly status = 0,
  ) {
    super(message);
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

/** `http_404`: there is no such room (any more). */
export class RoomNotFoundError extends HttpError {}

/** `http_401` or `http_403`: the server does not let this client in. */
export class ForbiddenError extends HttpError {}

/** `http_429`: the server asks to slow down. */
export class TooManyRequestsError extends HttpError {}

/** `server_unreachable`: no answer at all came from the server. */
export class ServerUnreachableError extends DriftDBError {}

/** `connection_refused`: the server closed with a code, which is `status`, after which a client may not retry (S13). */
export class ConnectionRefusedError extends DriftDBError {}

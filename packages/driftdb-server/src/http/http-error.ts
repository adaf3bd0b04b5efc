import { ERROR_NO_SUCH_ROOM, ERROR_TOO_FAST } from "driftdb-protocol";

/** An error that becomes the HTTP response (P9). */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    /** A name of the problem that does not change, for programs. */
    readonly code: string,
    /** Names the fault and the remedy. */
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  /** 429 with `Retry-After` in whole seconds (P9). */
  static tooFast(waitMs: number, what: string): HttpError {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return new HttpError(429, ERROR_TOO_FAST, `too many ${what}: try again in ${seconds} s`, {
      "retry-after": String(seconds),
    });
  }
}

/** 404 for a room that does not exist. */
export function noSuchRoom(): HttpError {
  return new HttpError(404, ERROR_NO_SUCH_ROOM, "there is no such room: make one with POST /new");
}

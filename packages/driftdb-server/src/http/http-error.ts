import { ERROR_NO_SUCH_ROOM, ERROR_TOO_FAST } from "driftdb-protocol";
/** An HTTP answer other than the one that was asked for. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    /** A stable name of the problem, for programs. */
    readonly code: string,
    /** What was wrong, and what to do. */
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  static noSuchRoom(): HttpError {
    return new HttpError(404, "no_such_room", "there is no such room: make one with POST /new");
  }

  /** 429 with `Retry-After`, in whole seconds (P9). */
  static tooFast(waitMs: number, what: string): HttpError {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return new HttpError(429, ERROR_TOO_FAST, `too many ${what}: try again in ${seconds} s`, {
      "retry-after": String(seconds),
    });
  }
}

export function noSuchRoom(): HttpError {
  return new HttpError(404, ERROR_NO_SUCH_ROOM, "there is no such room: make one with POST /new");
}

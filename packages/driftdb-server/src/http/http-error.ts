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

  /** 429 with `Retry-After`, in whole seconds (P9). */
  static tooFast(waitMs: number, what: string): HttpError {
    const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
    return new HttpError(429, "too_fast", `too many ${what}: try again in ${seconds} s`, {
      "retry-after": String(seconds),
    });
  }
}

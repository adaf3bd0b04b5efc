import type { FrameErrorCode } from "./error-codes.js";

/** A frame that breaks a rule. The message names the field and says what to send instead (P10). */
export class FrameError extends Error {
  override readonly name = "FrameError";

  constructor(
    readonly code: FrameErrorCode,
    message: string,
    /** The number of the push that is wrong, on a session connection, if it has one that can be read (S4). */
    readonly n?: number,
  ) {
    super(message);
  }
}

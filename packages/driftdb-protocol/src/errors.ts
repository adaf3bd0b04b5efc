/** What can be wrong with a frame. */
export type FrameErrorCode =
  /** The bytes are not JSON or CBOR at all. */
  | "not_json"
  | "not_cbor"
  /** The frame is no object, or a field is missing or of the wrong kind. */
  | "bad_message"
  | "bad_key"
  | "bad_value"
  | "bad_action"
  | "bad_seq"
  | "bad_nonce"
  | "bad_n"
  | "bad_epoch"
  /** The frame is larger than a message may be. */
  | "too_large";

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

import { FrameError } from "./errors.js";

/** What one message may be. The server and the client check the same numbers. */
export const MESSAGE_LIMITS = {
  /** Bytes of a key in UTF-8 (M2). */
  keyBytes: 1_024,
  /** Bytes of a whole frame on its way up, as it is on the wire. */
  messageBytes: 1_048_576,
  /** Levels of arrays and objects inside each other in a value; a byte string counts as an array of numbers. */
  depth: 64,
} as const;

/**
 * Checks that an encoded message is not larger than a server takes: before it is sent, and when it
 * has come.
 *
 * @param frame what is on the wire: text counts in UTF-8.
 * @param most bytes; a server may have set another limit.
 * @throws {FrameError} `too_large`, with the two sizes.
 */
export function checkSize(frame: string | Uint8Array, most: number = MESSAGE_LIMITS.messageBytes): void {
  const bytes = typeof frame === "string" ? utf8Bytes(frame, most) : frame.length;
  if (bytes > most) {
    throw new FrameError(
      "too_large",
      `the message has ${bytes} bytes: send at most ${most}, or several messages`,
    );
  }
}

/** Bytes of a text in UTF-8. Counted only where it can matter: 0 if they cannot be more than `most`. */
export function utf8Bytes(text: string, most: number): number {
  // Three bytes are the most that one UTF-16 unit takes.
  return text.length * 3 > most ? new TextEncoder().encode(text).length : 0;
}

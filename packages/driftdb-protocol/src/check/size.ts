import { ERROR_TOO_LARGE } from "../error-codes.js";
import { FrameError } from "../errors.js";
import { MAX_MESSAGE_BYTES } from "../limits.js";

/**
 * Checks that an encoded message is not larger than a server takes: before it is sent, and when it
 * has come.
 *
 * @param frame the content of one WebSocket message. Text counts in UTF-8.
 * @param most bytes; a server may have set another limit.
 * @throws {FrameError} `too_large`, with the two sizes.
 */
export function checkSize(frame: string | Uint8Array, most: number = MAX_MESSAGE_BYTES): void {
  const bytes = typeof frame === "string" ? utf8Bytes(frame, most) : frame.length;
  if (bytes > most) {
    throw new FrameError(
      ERROR_TOO_LARGE,
      `the message has ${bytes} bytes: send at most ${most}, or several messages`,
    );
  }
}

/** Bytes of a text in UTF-8. Counted only where it can matter: 0 if they cannot be more than `most`. */
export function utf8Bytes(text: string, most: number): number {
  // Three bytes are the most that one UTF-16 unit takes.
  return text.length * 3 > most ? new TextEncoder().encode(text).length : 0;
}

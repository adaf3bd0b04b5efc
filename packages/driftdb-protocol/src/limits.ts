// What PROTOCOL.md fixes for both sides: a client checks it before it sends, and the server after.

/** Bytes of a key in UTF-8 (M2). */
export const MAX_KEY_BYTES = 1_024;
/** Bytes of a message on its way up, as the frame is on the wire, or of the body of a POST. */
export const MAX_MESSAGE_BYTES = 1_048_576;
/**
 * Bytes of a frame beyond which the server closes the socket with `CLOSE_TOO_LARGE`, and reads no more of it.
 */
export const MAX_FRAME_BYTES = 2 * MAX_MESSAGE_BYTES;
/**
 * Levels of arrays and objects inside each other in a value; a byte string counts as an array of numbers
 * (M2).
 */
export const MAX_DEPTH = 64;
/**
 * Messages of a session without an acknowledgement, and how many of its acknowledgements a room remembers
 * (S4).
 */
export const MAX_IN_FLIGHT = 256;
/** Unsent bytes, beyond an `init`, with which the server closes a connection with `CLOSE_TOO_SLOW` (S12). */
export const MAX_UNSENT_BYTES = 1_048_576;
/** Milliseconds for which the holds of a session outlive a lost connection: the grace period (S9). */
export const GRACE_MS = 15_000;
/** The same after `CLOSE_GOING_AWAY`: a page that closes and one that reloads look the same (S9). */
export const RELOAD_GRACE_MS = 2_000;
/** The version of the session level: `v` in the address of a session, and in `hello` (S1). */
export const SESSION_VERSION = 2;

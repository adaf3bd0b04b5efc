/** What one message may be. The server and the client check the same numbers. */
export const MESSAGE_LIMITS = {
  /** Bytes of a key in UTF-8 (M2). */
  keyBytes: 1_024,
  /** Bytes of a whole frame, as it is on the wire. */
  messageBytes: 1_048_576,
  /** Levels of arrays and objects inside each other in a value. */
  depth: 64,
} as const;

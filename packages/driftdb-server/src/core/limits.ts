/**
 * Limits of a room. They apply to retained messages and, separately, to holds (D20). The room refuses
 * messages beyond a limit, and evicts nothing.
 */
export interface RoomLimits {
  /** Keys that retain at least one message. Also, keys that one session holds. */
  readonly keys: number;
  /** Retained messages of one key. Holds have no such limit. */
  readonly messagesPerKey: number;
  /** Bytes of the retained values of one key. Also, bytes of all its holds. */
  readonly bytesPerKey: number;
  /** Bytes of all retained values of the room. Also, bytes of all its holds. */
  readonly bytesPerRoom: number;
}

/**
 * What one room may retain, and beside that hold, where a session counts as a room for its keys (D20). A message beyond is
 * refused; nothing is evicted.
 */
export interface RoomLimits {
  /** Keys that retain at least one message. */
  readonly keys: number;
  /** Retained messages of one key. */
  readonly messagesPerKey: number;
  /** Bytes of the retained values of one key. */
  readonly bytesPerKey: number;
  /** Bytes of all retained values. */
  readonly bytesPerRoom: number;
}

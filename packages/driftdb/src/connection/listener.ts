import type {
  HoldsBroadcast,
  ReleaseBroadcast,
  SequenceNumber,
  SequenceValue,
  SessionBroadcast,
  SessionInit,
} from "driftdb-protocol";

/**
 * Changed holds of a key (D23), and as the pushes whose place they take: with `from`, once a listener knows
 * it.
 */
export interface ChangedHolds extends HoldsBroadcast {
  readonly pushes: readonly SessionBroadcast[];
}

/** The server's messages about the holds of a key (S9). */
export type HoldsMessage = SessionInit | SessionBroadcast | ReleaseBroadcast | ChangedHolds;

/** How far a listener has been given the messages of its key. */
export interface Position {
  /** The listener has all retained messages up to this seq. */
  readonly through: SequenceNumber;
  /** False after the listener was removed or may have missed messages, also during a delivery. */
  readonly isCurrent: boolean;
}

/** Receives the messages of a key. Its `Cursor` knows how far it has received them. */
export interface Listener {
  /** Whether the history is wanted. */
  readonly replay: boolean;
  /**
   * Takes the history, which may be empty, then each message; after a reconnect all missed messages in one
   * call.
   *
   * @param push the message's frame, if it came as it happened.
   */
  deliver(messages: SequenceValue[], position: Position, push?: SessionBroadcast): void;
  /** Takes the number of retained messages after an own push (P6). */
  size?: ((size: number) => void) | undefined;
  /** Takes the server's messages about the key's holds (S9). */
  held?: ((message: HoldsMessage) => void) | undefined;
  /** Called when the earlier messages are void, before the whole stream follows (S7). */
  reset?: (() => void) | undefined;
  /** Called when the connection goes to another room, whose messages follow. */
  left?: (() => void) | undefined;
  /** The function that it stands for, to find it by. */
  readonly source?: unknown;
}

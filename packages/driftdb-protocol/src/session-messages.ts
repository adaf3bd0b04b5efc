import type { SESSION_VERSION } from "./limits.js";
import type {
  Action,
  Broadcast,
  ErrorMessage,
  GetMessage,
  Init,
  Key,
  PingMessage,
  Pong,
  PushMessage,
  SequenceNumber,
  StreamSize,
} from "./messages.js";

/** A message's number in its session, from 1 without gaps, and the seq that the room gave it (S3, S4). */
export type Ack = readonly [n: number, seq: SequenceNumber];

/** A session can also hold a value, for as long as the session lasts (S9). */
export type SessionAction = Action | { type: "hold" };

/**
 * A push of a session. The room applies a push with `n` once, however often it arrives (S3). A hold has no
 * `n` (S9).
 */
export interface SessionPush extends Omit<PushMessage, "action"> {
  action: SessionAction;
  n?: number;
}

/** Releases the value that the session holds for a key (S9). */
export interface ReleaseMessage {
  type: "release";
  key: Key;
}

/**
 * Subscribes to a key, and asks for its messages after `seq`, the newest retained one that the client has
 * (S2, S7).
 */
export interface SessionGet extends GetMessage {
  epoch?: string;
}

/** Ends the subscription to a key (S2). */
export interface UnsubscribeMessage {
  type: "unsubscribe";
  key: Key;
}

/** From client to server, on a session connection. */
export type SessionMessageToDb = SessionPush | SessionGet | UnsubscribeMessage | ReleaseMessage | PingMessage;

/** Limits that a client must keep (S1): bytes of a message, messages in flight, and rates. */
export interface SessionLimits {
  messageBytes: number;
  inFlight: number;
  /** Messages per second, a burst above that rate, and bytes per second. Absent where there is no limit. */
  messagesPerSecond?: number;
  messageBurst?: number;
  bytesPerSecond?: number;
}

/** The first frame of a session connection (S1). */
export interface Hello {
  type: "hello";
  v: typeof SESSION_VERSION;
  /** Names the room's data. Another epoch means that acknowledged data was lost. */
  epoch: string;
  /** The room's newest seq. */
  seq: SequenceNumber;
  /** The session's public name. */
  you: string;
  /** Names the server's memory of holds. Another term means that the server has lost all holds (S9). */
  term: string;
  /** Whether the session holds something in the room. */
  resumed: boolean;
  /** The highest `n` that the room has of the session, and its newest acks. */
  acked: number;
  acks: readonly Ack[];
  limits: SessionLimits;
}

/** Acknowledges the messages of one commit (S4). A seq of 0 marks a refused message, after its error. */
export interface AckMessage {
  type: "ack";
  acks: readonly Ack[];
}

/** A message of the room, with the fields of sessions. */
export interface SessionBroadcast extends Broadcast {
  /** For a retained message: the seq of the key's retained message before it (S6). */
  prev?: SequenceNumber;
  /** Whether the message replaces the stream of its key (M3). */
  replace?: boolean;
  /** For a hold: the public name of the session that holds the value (S9). */
  from?: string;
}

/** The value that a session, by its public name, holds for a key since `seq` (S9). */
export interface Held {
  from: string;
  value: unknown;
  seq: SequenceNumber;
}

/** A session has released its hold on a key (S9). */
export interface ReleaseBroadcast {
  type: "release";
  key: Key;
  from: string;
  seq: SequenceNumber;
}

/**
 * Changed holds of a key with consecutive seqs. The seq of a session's hold before names the session (D23).
 */
export interface HoldsBroadcast {
  type: "holds";
  key: Key;
  /** The seq of the first hold; each further hold has the next one. */
  seq: SequenceNumber;
  /** In turn: how far back, from 1, the seq of the session's hold before is, and the new value. */
  holds: readonly unknown[];
}

/**
 * The messages after the seq of a `get`, or with `reset` the whole stream, up to the room's seq `head` (S7).
 */
export interface SessionInit extends Init {
  head: SequenceNumber;
  reset?: boolean;
  /** All holds on the key, in rising order of seq; absent if there are none (S9). */
  held?: readonly Held[];
}

/** Names the fault of a frame. `n` is the message's number, if it has one (S4). */
export interface SessionError extends ErrorMessage {
  n?: number;
}

/** From server to client, on a session connection. */
export type SessionMessageFromDb =
  | Hello
  | AckMessage
  | SessionBroadcast
  | ReleaseBroadcast
  | HoldsBroadcast
  | SessionInit
  | StreamSize
  | Pong
  | SessionError;

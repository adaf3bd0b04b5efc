import type {
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

/** A message's number within its session, from 1 and without gaps, and the seq that it was given (S3, S4). */
export type Ack = readonly [n: number, seq: SequenceNumber];

/** A push of a session: with `n`, it is applied exactly once, however often it is sent (S3). */
export interface SessionPush extends PushMessage {
  n?: number;
}

/** Asks for a key's messages after `seq`, the last retained one that was delivered, and for its broadcasts (S2, S7). */
export interface SessionGet extends GetMessage {
  epoch?: string;
}

/** Asks for no more broadcasts of a key (S2). */
export interface UnsubscribeMessage {
  type: "unsubscribe";
  key: Key;
}

/** Client to server, on a session connection. */
export type SessionMessageToDb = SessionPush | SessionGet | UnsubscribeMessage | PingMessage;

/** What a client must respect (S1): bytes of a message, messages in flight, and how fast it may send. */
export interface SessionLimits {
  messageBytes: number;
  inFlight: number;
  /** Messages a second, and at once before that counts; bytes a second. Absent where there is no limit. */
  messagesPerSecond?: number;
  messageBurst?: number;
  bytesPerSecond?: number;
}

/** The first frame of a session connection (S1). */
export interface Hello {
  type: "hello";
  v: 2;
  /** Names this life of the room's data: another one means that acknowledged data was lost. */
  epoch: string;
  /** The room's newest seq. */
  seq: SequenceNumber;
  /** The session's public name. */
  you: string;
  /** Whether the room knew the session. */
  resumed: boolean;
  /** The highest `n` that the room has of the session, and the newest of its acks. */
  acked: number;
  acks: readonly Ack[];
  limits: SessionLimits;
}

/** The messages that one commit covered (S4). A seq of 0: it was refused, as an error has said before. */
export interface AckMessage {
  type: "ack";
  acks: readonly Ack[];
}

/** A message of the room. */
export interface SessionBroadcast extends Broadcast {
  /** The seq of the key's retained message before it, if it is retained itself (S6). */
  prev?: SequenceNumber;
  /** True if it is the whole stream of its key now (M3). */
  replace?: boolean;
}

/** What follows the seq that a `get` gave or, with `reset`, the whole stream, through the room's seq `head` (S7). */
export interface SessionInit extends Init {
  head: SequenceNumber;
  reset?: boolean;
}

/** What was wrong; `n` says with which message, if it had one (S4). */
export interface SessionError extends ErrorMessage {
  n?: number;
}

/** Server to client, on a session connection. */
export type SessionMessageFromDb =
  | Hello
  | AckMessage
  | SessionBroadcast
  | SessionInit
  | StreamSize
  | Pong
  | SessionError;

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

/** A message's number within its session, from 1 and without gaps, and the seq that it was given (S3, S4). */
export type Ack = readonly [n: number, seq: SequenceNumber];

/** What a session may do with a value beside: hold it, for as long as the session lasts (S9). */
export type SessionAction = Action | { type: "hold" };

/** A push of a session: with `n`, it is applied exactly once, however often it is sent (S3). A hold has none (S9). */
export interface SessionPush extends Omit<PushMessage, "action"> {
  action: SessionAction;
  n?: number;
}

/** Lets go of what the session holds for a key (S9). */
export interface ReleaseMessage {
  type: "release";
  key: Key;
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
export type SessionMessageToDb = SessionPush | SessionGet | UnsubscribeMessage | ReleaseMessage | PingMessage;

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
  /** Names the time through which the server has kept what is held: another one means that it has lost it (S9). */
  term: string;
  /** Whether the room holds something for the session. */
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
  /** Who holds the value, if it is held (S9). */
  from?: string;
}

/** What a session holds for a key, under its public name, since the seq (S9). */
export interface Held {
  from: string;
  value: unknown;
  seq: SequenceNumber;
}

/** A session holds nothing for the key any more (S9). */
export interface ReleaseBroadcast {
  type: "release";
  key: Key;
  from: string;
  seq: SequenceNumber;
}

/** Changed holds of a key whose seqs follow each other, of sessions that are known by the hold before (D23). */
export interface HoldsBroadcast {
  type: "holds";
  key: Key;
  /** That of the first; each has the next one. */
  seq: SequenceNumber;
  /** In turn, how far back the seq of the same session's hold before is, from 1, and the value. */
  holds: readonly unknown[];
}

/** What follows the seq that a `get` gave or, with `reset`, the whole stream, through the room's seq `head` (S7). */
export interface SessionInit extends Init {
  head: SequenceNumber;
  reset?: boolean;
  /** All that is held for the key, rising in seq; absent if nothing is (S9). */
  held?: readonly Held[];
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
  | ReleaseBroadcast
  | HoldsBroadcast
  | SessionInit
  | StreamSize
  | Pong
  | SessionError;

/** Any string, the empty one included, of at most 1,024 bytes of UTF-8 (M2). */
export type Key = string;

/** A message's place in its room's one order. The first is 1 (M1). */
export type SequenceNumber = number;

/** Whether and how a message is retained for later joiners (M3). */
export type Action =
  | { type: "append" | "replace" | "relay" }
  /** `last`: the newest seq folded into the value; the room applies it only if nothing else is swallowed (S8). */
  | { type: "compact"; seq: SequenceNumber; last?: SequenceNumber };

/** A retained message: what `init` lists and what a subscriber is given. */
export interface SequenceValue {
  value: unknown;
  seq: SequenceNumber;
}

/** Asks the room to take a message (P3). `value` is any JSON value but `null` (M2). */
export interface PushMessage {
  type: "push";
  key: Key;
  value: unknown;
  action: Action;
}

/** Asks for the retained messages of a key newer than `seq`, default 0; `null` asks for nothing (P5). */
export interface GetMessage {
  type: "get";
  key: Key;
  seq?: SequenceNumber | null;
}

/** Asks for a `pong` with the same nonce, after everything sent before it has been answered (P3). */
export interface PingMessage {
  type: "ping";
  nonce?: number;
}

/** Client to server, the up direction (P3). */
export type MessageToDb = PushMessage | GetMessage | PingMessage;

/** A message of the room, in the room's order (M1, P2). */
export interface Broadcast {
  type: "push";
  key: Key;
  value: unknown;
  seq: SequenceNumber;
}

/** The retained messages a `get` asked for, rising in seq (P5). */
export interface Init {
  type: "init";
  key: Key;
  data: SequenceValue[];
}

/** How many messages the key retains after the receiver's own push, if more than one (P6). */
export interface StreamSize {
  type: "stream_size";
  key: Key;
  size: number;
}

/** The answer to a `ping`. */
export interface Pong {
  type: "pong";
  nonce?: number;
}

/** What was wrong with a frame, and with which field of it (P10). */
export interface ErrorMessage {
  type: "error";
  message: string;
  /** A stable name of the problem, for programs. Absent from servers older than 2.0. */
  code?: string;
}

/** Server to client, the down direction (P4). */
export type MessageFromDb = Broadcast | Init | StreamSize | Pong | ErrorMessage;

/** Where a room is: the answer of `POST /new` and `GET /room/<id>` (P1). */
export interface RoomResult {
  /** The room's id, which is also the bearer token of the room. */
  room: string;
  /** Where a WebSocket to the room is opened. */
  socket_url: string;
  /** Where single messages are sent to with HTTP POST. */
  http_url: string;
}

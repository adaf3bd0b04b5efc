/** Any string, the empty one included, of at most 1,024 bytes of UTF-8 (M2). */
export type Key = string;

/** A message's position in the order of its room, from 1 (M1). */
export type SequenceNumber = number;

/** Whether and how the room retains a message for later joiners (M3). */
export type Action =
  | { type: "append" | "replace" | "relay" }
  /**
   * `last`: the newest seq that is folded into the value. The room refuses to remove a later message (S8).
   */
  | { type: "compact"; seq: SequenceNumber; last?: SequenceNumber };

/** A retained message, as in an `init` and as subscribers receive it. */
export interface SequenceValue {
  value: unknown;
  seq: SequenceNumber;
}

/** Sends a message to the room (P3). `value` is any JSON value except `null` (M2). */
export interface PushMessage {
  type: "push";
  key: Key;
  value: unknown;
  action: Action;
}

/** Asks for the retained messages of a key after `seq`, default 0; `null` asks for none (P5). */
export interface GetMessage {
  type: "get";
  key: Key;
  seq?: SequenceNumber | null;
}

/** Asks for a `pong` with the same nonce, which follows the answers to all earlier messages (P3). */
export interface PingMessage {
  type: "ping";
  nonce?: number;
}

/** From client to server (P3). */
export type MessageToDb = PushMessage | GetMessage | PingMessage;

/** A message of the room, broadcast in the room's order (M1, P2). */
export interface Broadcast {
  type: "push";
  key: Key;
  value: unknown;
  seq: SequenceNumber;
}

/** The answer to a `get`: the retained messages in rising order of seq (P5). */
export interface Init {
  type: "init";
  key: Key;
  data: SequenceValue[];
}

/** The number of messages that the key retains after the receiver's push, sent if it is above 1 (P6). */
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

/** Names the faulty field of a frame, and the fault (P10). */
export interface ErrorMessage {
  type: "error";
  message: string;
  /** A stable name of the problem, for programs. Servers before 2.0 leave it out. */
  code?: string;
}

/** From server to client (P4). */
export type MessageFromDb = Broadcast | Init | StreamSize | Pong | ErrorMessage;

/** The addresses of a room: the answer to `POST /new` and `GET /room/<id>` (P1). */
export interface RoomResult {
  /** The room's id. It is also the key to the room: whoever has it may read and write. */
  room: string;
  /** The URL of the room's WebSocket. */
  socket_url: string;
  /** The URL that takes single messages by HTTP POST. */
  http_url: string;
}

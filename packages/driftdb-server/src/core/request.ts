import type { Action, Key, RefusalCode } from "driftdb-protocol";

/** Identifies one client in a room, through all of its connections (S3). */
export interface SessionId {
  /** The client's secret id. The server never sends it. */
  readonly cid: string;
  /** The session's public name, for the other clients (S1). */
  readonly name: string;
}

/**
 * The sender of requests: a WebSocket, or one HTTP request. It belongs to the host that submits them. A room
 * compares connections by identity, and reads their session.
 */
export interface Connection {
  /** `null` for a plain connection. Its messages have no numbers, and it cannot hold values. */
  readonly session: SessionId | null;
}

/** Pushes a message to everybody in the room (M3). */
export interface PushRequest<V> {
  readonly type: "push";
  readonly connection: Connection;
  readonly key: Key;
  readonly value: V;
  /** The decoded value of the client's frame, to encode it in another codec. No rule reads it. */
  readonly decoded?: unknown;
  readonly action: Action;
  /** The message's number in its session (S3). Without one, the room may apply a repeated message twice. */
  readonly n?: number | undefined;
}

/** A numbered message that breaks a rule. It still uses up its number (S4). */
export interface RefuseRequest {
  readonly type: "refuse";
  readonly connection: Connection;
  readonly n: number;
  readonly code: RefusalCode;
  readonly message: string;
}

/** Asks for the retained messages of a key with a seq greater than `seq` (P5). */
export interface GetRequest {
  readonly type: "get";
  readonly connection: Connection;
  readonly key: Key;
  readonly seq: number;
}

/** Asks for what a session missed of a key (S7). */
export interface ResumeRequest {
  readonly type: "resume";
  readonly connection: Connection;
  readonly key: Key;
  /** The last retained message that the client received, in this epoch. 0 for none. */
  readonly seq: number;
  readonly epoch: string;
}

/** Holds a value for a key, until the session replaces or releases it, or ends (S9). */
export interface HoldRequest<V> {
  readonly type: "hold";
  readonly connection: Connection;
  readonly key: Key;
  readonly value: V;
  /** As in `PushRequest`. */
  readonly decoded?: unknown;
}

/** Releases the session's hold of a key (S9). */
export interface ReleaseRequest {
  readonly type: "release";
  readonly connection: Connection;
  readonly key: Key;
}

/** Asks for the keys that retain messages (P8). */
export interface KeysRequest {
  readonly type: "keys";
  readonly connection: Connection;
}

/** Asks for an answer in the order of requests, and changes nothing: for a ping, an error, an unsubscribe. */
export interface BarrierRequest {
  readonly type: "barrier";
  readonly connection: Connection;
  /** The connection's note of what to do then. The answer returns it. */
  readonly mark: unknown;
}

/** Makes the connection act for its session, in place of any other connection (S1, S10). */
export interface JoinRequest {
  readonly type: "join";
  readonly connection: Connection;
}

/**
 * Reports that the connection was closed. The code decides how long its session lasts (S9). Has no answer.
 */
export interface LeaveRequest {
  readonly type: "leave";
  readonly connection: Connection;
  readonly code: number;
}

/** A request of a host to a room. The room applies and answers requests in the order of submission. */
export type RoomRequest<V> =
  | PushRequest<V>
  | RefuseRequest
  | GetRequest
  | ResumeRequest
  | HoldRequest<V>
  | ReleaseRequest
  | KeysRequest
  | BarrierRequest
  | JoinRequest
  | LeaveRequest;

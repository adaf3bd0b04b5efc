import type { Action, Key, RefusalCode } from "driftdb-protocol";

/** How a room knows one client, through all of its connections (S3). */
export interface SessionId {
  /** The client's secret id. It never leaves the server. */
  readonly cid: string;
  /** The name by which the others know the session (S1). */
  readonly name: string;
}

/**
 * Somebody who asks a room for something: a WebSocket, or one HTTP request. It belongs to the host that submits the
 * request; a room compares connections by identity and reads the session.
 */
export interface Connection {
  /** `null` for a plain connection: its messages have no numbers, and it holds nothing. */
  readonly session: SessionId | null;
}

/** A message for everybody (M3). */
export interface PushRequest<V> {
  readonly type: "push";
  readonly connection: Connection;
  readonly key: Key;
  readonly value: V;
  /** The value as the client's frame had it, for whoever encodes it in another codec. No rule reads it. */
  readonly decoded?: unknown;
  readonly action: Action;
  /** The message's number in its session (S3). Absent: the sender accepts that it may be applied twice. */
  readonly n?: number | undefined;
}

/** A numbered message that breaks a rule: its number is used up all the same (S4). */
export interface RefuseRequest {
  readonly type: "refuse";
  readonly connection: Connection;
  readonly n: number;
  readonly code: RefusalCode;
  readonly message: string;
}

/** The retained messages of a key with a seq greater than `seq` (P5). */
export interface GetRequest {
  readonly type: "get";
  readonly connection: Connection;
  readonly key: Key;
  readonly seq: number;
}

/** What a session missed of a key since `seq`, the last retained message that it was given in this epoch (S7). */
export interface ResumeRequest {
  readonly type: "resume";
  readonly connection: Connection;
  readonly key: Key;
  readonly seq: number;
  readonly epoch: string;
}

/** The connection's session holds a value for a key until it replaces or releases it, or ends (S9). */
export interface HoldRequest<V> {
  readonly type: "hold";
  readonly connection: Connection;
  readonly key: Key;
  readonly value: V;
  /** As in `PushRequest`. */
  readonly decoded?: unknown;
}

/** The connection's session releases what it holds for a key (S9). */
export interface ReleaseRequest {
  readonly type: "release";
  readonly connection: Connection;
  readonly key: Key;
}

/** The keys that retain something (P8). */
export interface KeysRequest {
  readonly type: "keys";
  readonly connection: Connection;
}

/** An answer in its place among the others, and nothing else: a ping, a complaint, an unsubscribe. */
export interface BarrierRequest {
  readonly type: "barrier";
  readonly connection: Connection;
  /** The connection's own note of what it does then. It comes back with the answer. */
  readonly mark: unknown;
}

/** The connection acts for its session from here on, and no other connection does (S1, S10). */
export interface JoinRequest {
  readonly type: "join";
  readonly connection: Connection;
}

/** The connection was closed with a code, which says how long its session lasts without it (S9). Has no answer. */
export interface LeaveRequest {
  readonly type: "leave";
  readonly connection: Connection;
  readonly code: number;
}

/** What a host asks of a room. Requests take effect, and are answered, in the order in which they are submitted. */
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

import type { Key } from "driftdb-protocol";
import type { Hold } from "./holds.js";
import type { Refusal } from "./refusal.js";
import type {
  BarrierRequest,
  Connection,
  GetRequest,
  JoinRequest,
  KeysRequest,
  PushRequest,
  RefuseRequest,
  ResumeRequest,
  RoomRequest,
} from "./request.js";
import type { Ack } from "./session.js";
import type { Entry } from "./stream.js";

/** The room applied a message, and broadcasts it (P2). */
export interface MessageEvent<V> {
  readonly type: "message";
  readonly key: Key;
  readonly value: V;
  /** The decoded value of the request, if it has one. */
  readonly decoded: unknown;
  readonly action: "append" | "replace" | "relay";
  readonly seq: number;
  /** The seq of the key's previous retained message. 0 if there was none (S6). */
  readonly prev: number;
  /** The sender's public name. `null` for a sender without a session. */
  readonly from: string | null;
  /** The message's number in the sender's session. */
  readonly n: number | undefined;
}

/** A snapshot replaced a key's messages up to its seq. The room does not broadcast it (M3). */
export interface CompactedEvent<V> {
  readonly type: "compacted";
  readonly key: Key;
  readonly value: V;
  /** The newest seq that the snapshot replaces. */
  readonly seq: number;
  /** The sender's public name. `null` for a sender without a session. */
  readonly from: string | null;
  /** The message's number in the sender's session. */
  readonly n: number | undefined;
}

/** A session holds a value (S9). */
export interface HeldEvent<V> {
  readonly type: "held";
  readonly key: Key;
  readonly value: V;
  /** The decoded value of the request, if it has one. */
  readonly decoded: unknown;
  readonly seq: number;
  /** The session's public name. */
  readonly from: string;
  /**
   * The seq of the hold that this one replaces. `undefined` if the session held nothing for the key (D23).
   */
  readonly was: number | undefined;
}

/** A session released its hold of a key, or the session ended (S9). */
export interface ReleasedEvent {
  readonly type: "released";
  readonly key: Key;
  /** The session's public name. */
  readonly from: string;
  readonly seq: number;
}

/** Another connection has taken over this connection's session (S10). The room applies nothing more of it. */
export interface TakenOverEvent {
  readonly type: "takenOver";
  readonly connection: Connection;
  /** The session's public name. */
  readonly name: string;
}

/** The room was made. */
export interface CreatedEvent {
  readonly type: "created";
}

/** The room was removed, with all its messages. */
export interface RemovedEvent {
  readonly type: "removed";
}

/** A change in a room, for everybody who is in it. */
export type RoomEvent<V> =
  | MessageEvent<V>
  | CompactedEvent<V>
  | HeldEvent<V>
  | ReleasedEvent
  | TakenOverEvent
  | CreatedEvent
  | RemovedEvent;

/** The room has the message. */
export interface StoredAnswer<V> {
  readonly type: "stored";
  readonly request: PushRequest<V> | RefuseRequest;
  /**
   * The message's seq; of a compaction, the snapshot's (S8). 0 for a repeated message that had been refused.
   */
  readonly seq: number;
  /** How many messages the key retains now (P6). 0 for a repeated message, which is not applied again. */
  readonly size: number;
}

/** The request had no effect. A message's number is used up, unless the code is `storage_failed` (S4). */
export interface RefusedAnswer<V> {
  readonly type: "refused";
  readonly request: RoomRequest<V>;
  readonly why: Refusal;
}

/** Messages of the session before this one are missing. The client must start a new session (S3, S13). */
export interface OutOfStepAnswer<V> {
  readonly type: "outOfStep";
  readonly request: PushRequest<V> | RefuseRequest;
}

/** What a session missed of a key. */
export interface History<V> {
  readonly entries: readonly Entry<V>[];
  /** Whether `entries` is the whole stream, and replaces all that the client had (S7). */
  readonly reset: boolean;
  /** The room's newest seq. `entries` is complete up to it. */
  readonly head: number;
  /** All holds of the key, rising in seq (S9). */
  readonly held: readonly Hold<V>[];
}

/** The retained messages of a key, for a plain connection (P5). */
export interface EntriesAnswer<V> {
  readonly type: "entries";
  readonly request: GetRequest;
  readonly entries: readonly Entry<V>[];
}

/** What a session missed of a key (S7). */
export interface HistoryAnswer<V> {
  readonly type: "history";
  readonly request: ResumeRequest;
  readonly history: History<V>;
}

/** The keys that retain messages (P8). */
export interface KeysAnswer {
  readonly type: "keys";
  readonly request: KeysRequest;
  readonly keys: readonly Key[];
}

/** The room has answered all earlier requests of the connection. */
export interface BarrierAnswer {
  readonly type: "reached";
  readonly request: BarrierRequest;
}

/** The session's state when a connection joins (S1). */
export interface JoinedAnswer {
  readonly type: "joined";
  readonly request: JoinRequest;
  /** Names the room's data. */
  readonly epoch: string;
  /** The room's newest seq. */
  readonly head: number;
  /** The highest n that the room has. */
  readonly acked: number;
  /** The newest numbers up to `acked`, with their seqs. */
  readonly acks: readonly Ack[];
  /** Names the time through which the room has had its holds: it changes when the room loses them. */
  readonly term: string;
  /** Whether the session holds something. */
  readonly resumed: boolean;
}

/** The answer to a request, for the connection that asked. */
export type RoomAnswer<V> =
  | StoredAnswer<V>
  | RefusedAnswer<V>
  | OutOfStepAnswer<V>
  | EntriesAnswer<V>
  | HistoryAnswer<V>
  | KeysAnswer
  | BarrierAnswer
  | JoinedAnswer;

/**
 * The engine has lost the room. The host closes all connections, and clients reconnect. This is the last
 * output.
 */
export interface Lost {
  readonly type: "lost";
}

/** An output of a room: an event, an answer, or `lost`. All leave the room in one order. */
export type RoomOutput<V> = RoomEvent<V> | RoomAnswer<V> | Lost;

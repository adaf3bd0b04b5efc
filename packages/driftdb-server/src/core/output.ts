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

/** A message was applied: the room broadcasts it (P2). */
export interface MessageEvent<V> {
  readonly type: "message";
  readonly key: Key;
  readonly value: V;
  /** As in the request. */
  readonly decoded: unknown;
  readonly action: "append" | "replace" | "relay";
  readonly seq: number;
  /** The seq of the key's newest retained message before it, 0 if there was none (S6). */
  readonly prev: number;
  /** The sender's public name; `null` where the sender has no session. */
  readonly from: string | null;
  /** The message's number in the sender's session. */
  readonly n: number | undefined;
}

/** A snapshot took the place of a key's messages up to its seq. It is not broadcast (M3). */
export interface CompactedEvent<V> {
  readonly type: "compacted";
  readonly key: Key;
  readonly value: V;
  /** The newest seq that the snapshot stands for. */
  readonly seq: number;
  /** The public name of the client that made the snapshot; `null` where it has no session. */
  readonly from: string | null;
  readonly n: number | undefined;
}

/** A session holds a value (S9). */
export interface HeldEvent<V> {
  readonly type: "held";
  readonly key: Key;
  readonly value: V;
  /** As in the request. */
  readonly decoded: unknown;
  readonly seq: number;
  /** The session's public name. */
  readonly from: string;
  /** The seq of the session's hold of the key before; `undefined` if it held nothing for it (D23). */
  readonly was: number | undefined;
}

/** A session released what it held for a key, or has ended (S9). */
export interface ReleasedEvent {
  readonly type: "released";
  readonly key: Key;
  readonly from: string;
  readonly seq: number;
}

/** Another connection acts for this connection's session now (S10). Nothing that it still sends is applied. */
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

/** The room was removed, with all that it retained. */
export interface RemovedEvent {
  readonly type: "removed";
}

/** What happened in a room, for everybody who is in it. */
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
   * The message's seq; of a compaction, the snapshot's (S8). 0 if the message came again, and had been refused.
   */
  readonly seq: number;
  /** How many messages the key retains now (P6); 0 where the message came again, and was not applied. */
  readonly size: number;
}

/** The request had no effect, but for a message's number, which is used up unless the code is `storage_failed` (S4). */
export interface RefusedAnswer<V> {
  readonly type: "refused";
  readonly request: RoomRequest<V>;
  readonly why: Refusal;
}

/** Messages of the session before this one are missing: the client must start a new session (S3, S13). */
export interface OutOfStepAnswer<V> {
  readonly type: "outOfStep";
  readonly request: PushRequest<V> | RefuseRequest;
}

/** What a client is given of a key. */
export interface History<V> {
  readonly entries: readonly Entry<V>[];
  /** Whether what the client had is void, and `entries` is the whole stream (S7). */
  readonly reset: boolean;
  /** The room's newest seq: `entries` is complete up to it. */
  readonly head: number;
  /** All that is held for the key, rising in seq (S9). */
  readonly held: readonly Hold<V>[];
}

export interface EntriesAnswer<V> {
  readonly type: "entries";
  readonly request: GetRequest;
  readonly entries: readonly Entry<V>[];
}

export interface HistoryAnswer<V> {
  readonly type: "history";
  readonly request: ResumeRequest;
  readonly history: History<V>;
}

export interface KeysAnswer {
  readonly type: "keys";
  readonly request: KeysRequest;
  readonly keys: readonly Key[];
}

export interface BarrierAnswer {
  readonly type: "reached";
  readonly request: BarrierRequest;
}

/** Where a session stands when a connection joins (S1). */
export interface JoinedAnswer {
  readonly type: "joined";
  readonly request: JoinRequest;
  readonly epoch: string;
  readonly head: number;
  /** The highest n that the room has, and the newest of the seqs they were given. */
  readonly acked: number;
  readonly acks: readonly Ack[];
  /** Names the time through which the room has kept what is held. */
  readonly term: string;
  /** Whether the session holds something. */
  readonly resumed: boolean;
}

/** What became of a request, for the connection that asked. */
export type RoomAnswer<V> =
  | StoredAnswer<V>
  | RefusedAnswer<V>
  | OutOfStepAnswer<V>
  | EntriesAnswer<V>
  | HistoryAnswer<V>
  | KeysAnswer
  | BarrierAnswer
  | JoinedAnswer;

/** The room is gone from here: its host closes all connections, which come back and open it again. The last output. */
export interface Lost {
  readonly type: "lost";
}

/** What leaves a room, events and answers, in one order. */
export type RoomOutput<V> = RoomEvent<V> | RoomAnswer<V> | Lost;

import type { Action, Key } from "driftdb-protocol";
import type { Hold } from "../core/holds.js";
import type { RefusalCode, Resumed, Sender } from "../core/room.js";
import type { Ack } from "../core/session.js";
import type { Entry } from "../core/stream.js";
import type { Payload } from "./payload.js";

/**
 * Where rooms live. An engine takes a room's messages in order and says what became of them; it
 * keeps M5: what it reports has been committed, and a message is reported to `events` before its
 * sender is answered.
 */
export interface Engine {
  /** Makes an empty room. Resolves once it would survive a crash. */
  create(room: string): Promise<void>;
  /** Whether there is such a room. */
  exists(room: string): Promise<boolean>;
  /** Opens a room, once at a time; `null` if there is none of that id. */
  open(room: string, events: RoomEvents): Promise<EngineRoom | null>;
  /** Finishes what was begun, and lets go of everything. */
  close(): Promise<void>;
}

/** An open room. Calls take effect, and are answered, in the order in which they are made. */
export interface EngineRoom {
  /** @param sender whose message it is, or `null` if nobody minds whether it comes twice. */
  push(message: Message, sender: Sender | null, done: (result: PushResult) => void): void;
  /** Takes note of a message that breaks a rule, so that its number is used all the same (S4). */
  refuse(sender: Sender, why: Refusal, done: (result: PushResult) => void): void;
  /** The retained messages of a key newer than `seq` (P5). */
  get(key: Key, seq: number, done: (result: readonly Entry<Payload>[] | Refusal) => void): void;
  /** What a client of this epoch, whose last retained message of the key was `seq`, has missed (S7), and what is held (S9). */
  resume(key: Key, seq: number, epoch: string, done: (result: History | Refusal) => void): void;
  /** Which of a session's messages the room has, and whether it holds something under its public name (S1). */
  hello(cid: string, name: string, done: (result: SessionInfo | Refusal) => void): void;
  /** Holds a value for a key on behalf of the session of this public name, until it is replaced or released (S9). */
  hold(from: string, key: Key, value: Payload, done: (result: Refusal | null) => void): void;
  /** Lets go of what a session holds for a key, or for all keys. */
  release(from: string, key: Key | null, done?: (result: Refusal | null) => void): void;
  /** The keys that retain something. */
  keys(done: (result: readonly Key[] | Refusal) => void): void;
  /** Answers once everything before it has been answered. */
  barrier(done: () => void): void;
  close(): void;
}

/** A message as a client pushes it. */
export interface Message {
  readonly key: Key;
  readonly value: Payload;
  readonly action: Action;
}

/** A message as everybody in the room is told of it (P2). */
export interface Broadcast {
  readonly key: Key;
  readonly value: Payload;
  readonly seq: number;
  /** The seq of the key's retained message before it, 0 if none (S6); absent for what is not retained: a relay, a hold. */
  readonly prev?: number;
  /** Whether it is the whole stream of its key now. */
  readonly replace?: boolean;
  /** Whose hold it is (S9). */
  readonly from?: string;
  /** The seq of the same session's hold of the key before, of which everybody was told; absent if it held nothing (D23). */
  readonly was?: number | undefined;
}

/** A session has let go of what it held for a key, or has ended (S9). */
export interface Release {
  readonly key: Key;
  readonly from: string;
  readonly seq: number;
}

/** What a client that asks for a key is given: its messages, and what is held for it. */
export interface History extends Resumed<Payload> {
  readonly held: readonly Hold<Payload>[];
}

/** What everybody in a room is told of, in the room's order. */
export interface RoomEvents {
  /** Something else than a hold is about to be told, or answered: what was put off is to be told before it (D23). */
  flush(): void;
  message(message: Broadcast): void;
  released(release: Release): void;
  /** A compaction was applied. It is not broadcast (M3). */
  compacted(key: Key): void;
}

/** What became of a push. */
export type PushResult = Stored | Refusal | "out_of_step";

/** The room has it. */
export interface Stored {
  /** The seq that it has: a compaction's own (S8). 0 if it was refused, and this is not the first to hear of it. */
  readonly seq: number;
  /** How many messages the key retains now (P6). */
  readonly size: number;
}

/** What a room knows of a session (S1). */
export interface SessionInfo {
  readonly epoch: string;
  readonly head: number;
  /** The highest n that the room has, and the newest of the seqs they were given. */
  readonly acked: number;
  readonly acks: readonly Ack[];
  /** Names the time through which the engine has kept what is held. */
  readonly term: string;
  /** Whether the session holds something. */
  readonly resumed: boolean;
}

/** A call that had no effect. The message says why and what to do. */
export class Refusal {
  constructor(
    readonly code: RefusalCode | "storage_failed",
    readonly message: string,
  ) {}
}

import type { Action, Key } from "driftdb-protocol";
import type { RefusalCode, Resumed, Sender } from "../core/room.js";
import type { Ack } from "../core/session.js";
import type { Entry } from "../core/stream.js";
import type { Payload } from "../payload.js";

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
  /** What a client of this epoch, whose last retained message of the key was `seq`, has missed (S7). */
  resume(key: Key, seq: number, epoch: string, done: (result: Resumed<Payload> | Refusal) => void): void;
  /** Which of a session's messages the room has (S1). */
  hello(cid: string, done: (result: SessionInfo | Refusal) => void): void;
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
  /** The seq of the key's retained message before it, 0 if none (S6); absent for a relay, which is not retained. */
  readonly prev?: number;
}

/** What everybody in a room is told of, in the room's order. */
export interface RoomEvents {
  message(message: Broadcast): void;
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
}

/** A call that had no effect. The message says why and what to do. */
export class Refusal {
  constructor(
    readonly code: RefusalCode | "storage_failed",
    readonly message: string,
  ) {}
}

import type { Action, Key } from "driftdb-protocol";
import type { RefusalCode } from "../core/room.js";
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
  push(key: Key, value: Payload, action: Action, done: (result: PushResult) => void): void;
  /** The retained messages of a key newer than `seq` (P5). */
  get(key: Key, seq: number, done: (result: readonly Entry<Payload>[] | Refusal) => void): void;
  /** The keys that retain something. */
  keys(done: (result: readonly Key[] | Refusal) => void): void;
  /** Answers once everything before it has been answered. */
  barrier(done: () => void): void;
  close(): void;
}

/** What everybody in a room is told of, in the room's order. */
export interface RoomEvents {
  /** A message, to be broadcast (P2). `retained` is false for a relay. */
  message(key: Key, value: Payload, seq: number, retained: boolean): void;
  /** A compaction was applied. It is not broadcast (M3). */
  compacted(key: Key): void;
}

/** What became of a push: the key's number of retained messages (P6), or why it was refused. */
export type PushResult = { readonly size: number } | Refusal;

/** A call that had no effect. The message says why and what to do. */
export class Refusal {
  constructor(
    readonly code: RefusalCode | "storage_failed",
    readonly message: string,
  ) {}
}

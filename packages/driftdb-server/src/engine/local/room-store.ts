import type { Room, Write } from "../../core/room.js";
import type { Session } from "../../core/session.js";
import type { Payload } from "../payload.js";

/** What one commit changes in one room. */
export interface RoomChange {
  readonly room: string;
  /** The newest seq. */
  readonly head: number;
  /** In their order. */
  readonly writes: readonly Write<Payload>[];
  /** By cid, from the one that was used longest ago to the newest; `null` for one that is forgotten (S3). */
  readonly sessions: ReadonlyMap<string, Session | null>;
}

/**
 * Where a `LocalEngine` keeps its rooms. Synchronous: one process has the store to itself.
 * The changes of all commits, in order, are the journal of the whole store.
 */
export interface RoomStore {
  create(room: string): void;
  exists(room: string): boolean;
  /** The room as of the last commit; `null` if there is none. */
  load(room: string): Room<Payload> | null;
  /** The same in short steps, where it may take long: others may commit between them. */
  loadInSteps?(room: string): Generator<void, Room<Payload> | null>;
  /** Keeps all changes or, if it throws, none. */
  commit(changes: readonly RoomChange[]): void;
  /** Nobody has the room open any more; `head` is its newest seq. */
  release(room: string, head: number): void;
  close(): void;
}

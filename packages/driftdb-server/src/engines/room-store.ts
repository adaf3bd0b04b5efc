import type { Room, Write } from "../core/room.js";
import type { Payload } from "../payload.js";

/** What one commit changes in one room: the writes in their order, and its newest seq after them. */
export interface RoomChange {
  readonly room: string;
  readonly head: number;
  readonly writes: readonly Write<Payload>[];
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
  /** Keeps all changes or, if it throws, none. */
  commit(changes: readonly RoomChange[]): void;
  /** Nobody has the room open any more; `head` is its newest seq. */
  release(room: string, head: number): void;
  close(): void;
}

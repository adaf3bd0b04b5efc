import type { Commit } from "../../core/commit.js";
import type { RoomState } from "../../core/room-state.js";
import type { Payload } from "../payload.js";

/**
 * Where a `LocalEngine` keeps its rooms. Synchronous: one process has the store to itself. A store knows no rules: it
 * drops and puts the rows that a commit names.
 */
export interface RoomStore {
  exists(room: string): boolean;
  /**
   * The room as of the newest commit, read in steps that each take a few milliseconds at most; `null` if there is none.
   * Others may commit to other rooms between the steps.
   */
  load(room: string): Generator<void, RoomState<Payload> | null>;
  /**
   * Keeps all commits or, if it throws, none. A commit with a `created` event makes its room, one with `removed`
   * removes it; the room of any other is open.
   */
  commit(commits: readonly Commit<Payload>[]): void;
  /** No host has the room open any more; `head` is its newest seq. */
  release(room: string, head: number): void;
  close(): void;
}

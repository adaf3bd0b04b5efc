import type { Commit } from "../../core/commit.js";
import type { RoomState } from "../../core/room-state.js";
import type { Payload } from "../payload.js";

/**
 * The storage of a `LocalEngine`. It is synchronous, and one process uses it. A store knows no rules: it
 * drops and puts the rows of commits.
 */
export interface RoomStore {
  /** Whether the room exists. */
  exists(room: string): boolean;
  /**
   * Loads a room as of its newest commit, in steps of at most a few milliseconds. The engine may commit to
   * other rooms between the steps.
   *
   * @returns `null` if the room does not exist.
   */
  load(room: string): Generator<void, RoomState<Payload> | null>;
  /**
   * Stores all commits or, if it throws, none. A commit with a `created` event makes its room, and one with
   * `removed` removes it. All other commits are of open rooms.
   */
  commit(commits: readonly Commit<Payload>[]): void;
  /** Called when no host has the room open any more. `head` is the room's newest seq. */
  release(room: string, head: number): void;
  close(): void;
}

import type { Commit } from "../../core/commit.js";
import { RoomState } from "../../core/room-state.js";
import type { Payload } from "../payload.js";
import type { RoomStore } from "./room-store.js";

/** Rooms in memory, until the process ends: for tests, demos and short-lived servers. */
export class MemoryStore implements RoomStore {
  readonly #rooms = new Map<string, RoomState<Payload>>();

  exists(room: string): boolean {
    return this.#rooms.has(room);
  }

  // biome-ignore lint/correctness/useYield: a room in memory loads in one step.
  *load(room: string): Generator<void, RoomState<Payload> | null> {
    return this.#rooms.get(room) ?? null;
  }

  /**
   * Makes and removes rooms. The engine lands its turns in the same states, so there is nothing else to
   * store.
   */
  commit(commits: readonly Commit<Payload>[]): void {
    for (const { room, epoch, head, number, events } of commits) {
      for (const { type } of events) {
        if (type === "created") this.#rooms.set(room, new RoomState(epoch, head, number));
        else if (type === "removed") this.#rooms.delete(room);
      }
    }
  }

  release(): void {}

  close(): void {
    this.#rooms.clear();
  }
}

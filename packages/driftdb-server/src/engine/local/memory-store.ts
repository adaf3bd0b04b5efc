import type { Commit } from "../../core/commit.js";
import { RoomState } from "../../core/room-state.js";
import type { Payload } from "../payload.js";
import type { RoomStore } from "./room-store.js";

/** Rooms that live as long as the process: for tests, demos and short-lived things. */
export class MemoryStore implements RoomStore {
  readonly #rooms = new Map<string, RoomState<Payload>>();

  exists(room: string): boolean {
    return this.#rooms.has(room);
  }

  // biome-ignore lint/correctness/useYield: nothing of it takes long.
  *load(room: string): Generator<void, RoomState<Payload> | null> {
    return this.#rooms.get(room) ?? null;
  }

  /** The states that the engine lands its turns in are the ones that are kept here. */
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

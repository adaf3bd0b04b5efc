import type { RoomLimits } from "../../core/limits.js";
import { Room } from "../../core/room.js";
import { newEpoch } from "../ids.js";
import type { Payload } from "../payload.js";
import type { RoomStore } from "./room-store.js";

/** Rooms that live as long as the process: for tests, demos and short-lived things. */
export class MemoryStore implements RoomStore {
  readonly #rooms = new Map<string, Room<Payload>>();
  readonly #limits: RoomLimits;

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  create(room: string): void {
    this.#rooms.set(room, new Room(this.#limits, newEpoch()));
  }

  exists(room: string): boolean {
    return this.#rooms.has(room);
  }

  load(room: string): Room<Payload> | null {
    return this.#rooms.get(room) ?? null;
  }

  // The rooms that the engine works on are the ones kept here.
  commit(): void {}

  release(): void {}

  close(): void {
    this.#rooms.clear();
  }
}

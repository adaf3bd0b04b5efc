import type { Engine } from "../engine/engine.js";
import { newRoomId } from "../engine/ids.js";
import { type Clock, systemClock } from "../schedule/clock.js";
import { RoomHost } from "./room-host.js";

/** How long a room that nobody uses stays open, in ms: longer than any session lasts without a connection (S9). */
const LINGER = 20_000;

interface OpenRoom {
  readonly loading: Promise<RoomHost | null>;
  host: RoomHost | null;
  users: number;
  /** Cancels the timer that closes the room. */
  stay: () => void;
}

/** The rooms that are open, each once, for as long as somebody uses them. */
export class OpenRooms {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenRoom>();

  constructor(engine: Engine, clock: Clock = systemClock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** Makes a room and answers its id, which nobody else can guess (P1). */
  async create(): Promise<string> {
    const id = newRoomId();
    await this.#engine.create(id);
    return id;
  }

  /** Whether there is such a room. It is not opened for that. */
  exists(id: string): Promise<boolean> {
    return this.#engine.exists(id);
  }

  /** The room, to be given back with `release`; `null`, with nothing to give back, if there is none. */
  async acquire(id: string): Promise<RoomHost | null> {
    let room = this.#open.get(id);
    if (!room) {
      room = { loading: this.#load(id), host: null, users: 0, stay: () => {} };
      this.#open.set(id, room);
    }
    room.users++;
    room.stay();
    try {
      room.host = await room.loading;
      if (!room.host) this.#forget(id, room);
      return room.host;
    } catch (error) {
      this.#forget(id, room);
      throw error;
    }
  }

  /** Gives back what `acquire` answered. */
  release(host: RoomHost): void {
    const room = this.#open.get(host.id);
    // A room that was lost is not open any more, or was opened again.
    if (room?.host !== host || --room.users > 0) return;
    room.stay = this.#clock.after(LINGER, () => {
      this.#open.delete(host.id);
      host.close();
    });
  }

  /** Lets go of all rooms; the engine writes what is still to be written. */
  async close(): Promise<void> {
    for (const room of this.#open.values()) {
      room.stay();
      room.host?.close();
    }
    this.#open.clear();
    await this.#engine.close();
  }

  async #load(id: string): Promise<RoomHost | null> {
    const host: RoomHost = new RoomHost(id, this.#clock, () => {
      const room = this.#open.get(id);
      if (room?.host !== host) return;
      room.stay();
      this.#open.delete(id);
    });
    const room = await this.#engine.open(id, host);
    return room && host.attach(room);
  }

  #forget(id: string, room: OpenRoom): void {
    if (this.#open.get(id) === room) this.#open.delete(id);
  }
}

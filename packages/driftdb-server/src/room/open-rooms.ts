import type { Engine } from "../engine/engine.js";
import { newRoomId } from "../engine/ids.js";
import { RoomHost } from "./room-host.js";

/** How long a room that nobody uses stays open, in ms: longer than any session lasts without a connection (S9). */
const LINGER = 20_000;

interface OpenRoom {
  readonly loading: Promise<RoomHost | null>;
  host: RoomHost | null;
  users: number;
  linger: NodeJS.Timeout | undefined;
}

/** The rooms that are open, each once, for as long as somebody uses them. */
export class OpenRooms {
  readonly #engine: Engine;
  readonly #open = new Map<string, OpenRoom>();

  constructor(engine: Engine) {
    this.#engine = engine;
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
      room = { loading: this.#load(id), host: null, users: 0, linger: undefined };
      this.#open.set(id, room);
    }
    room.users++;
    clearTimeout(room.linger);
    try {
      room.host = await room.loading;
      if (!room.host) this.#drop(id, room);
      return room.host;
    } catch (error) {
      this.#drop(id, room);
      throw error;
    }
  }

  release(id: string): void {
    const room = this.#open.get(id);
    if (!room || --room.users > 0) return;
    room.linger = setTimeout(() => {
      this.#open.delete(id);
      room.host?.close();
    }, LINGER);
    room.linger.unref();
  }

  /** Lets go of all rooms; the engine writes what is still to be written. */
  async close(): Promise<void> {
    for (const room of this.#open.values()) {
      clearTimeout(room.linger);
      room.host?.close();
    }
    this.#open.clear();
    await this.#engine.close();
  }

  async #load(id: string): Promise<RoomHost | null> {
    const host = new RoomHost();
    const room = await this.#engine.open(id, host);
    return room && host.attach(room);
  }

  #drop(id: string, room: OpenRoom): void {
    if (this.#open.get(id) === room) this.#open.delete(id);
  }
}

import type { Engine } from "../engine/engine.js";
import { newRoomId } from "../engine/ids.js";
import { type Clock, systemClock } from "../schedule/clock.js";
import { RoomHost } from "./room-host.js";

/** Milliseconds that an unused room stays open: longer than any session lasts without a connection (S9). */
const LINGER_MS = 20_000;

interface OpenRoom {
  readonly loading: Promise<RoomHost | null>;
  host: RoomHost | null;
  users: number;
  /** Cancels the timer that closes the room. */
  cancelClose: () => void;
}

/** The open rooms. Each is opened once, however many connections use it. */
export class OpenRooms {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenRoom>();

  constructor(engine: Engine, clock: Clock = systemClock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** Makes a room. @returns its id, which cannot be guessed (P1). */
  async create(): Promise<string> {
    const id = newRoomId();
    await this.#engine.create(id);
    return id;
  }

  /** Whether the room exists. It need not be open. */
  exists(id: string): Promise<boolean> {
    return this.#engine.exists(id);
  }

  /**
   * Opens a room, or uses the open one.
   *
   * @returns the room, to `release` later; `null` if it does not exist.
   */
  async acquire(id: string): Promise<RoomHost | null> {
    let room = this.#open.get(id);
    if (!room) {
      room = { loading: this.#load(id), host: null, users: 0, cancelClose: () => {} };
      this.#open.set(id, room);
    }
    room.users++;
    room.cancelClose();
    try {
      room.host = await room.loading;
      if (!room.host) this.#forget(id, room);
      return room.host;
    } catch (error) {
      this.#forget(id, room);
      throw error;
    }
  }

  /** Ends one use of a room. The room closes when it stays unused for 20 s. */
  release(host: RoomHost): void {
    const room = this.#open.get(host.id);
    // A lost room is no longer in the map, or a new one has its id.
    if (room?.host !== host || --room.users > 0) return;
    room.cancelClose = this.#clock.after(LINGER_MS, () => {
      this.#open.delete(host.id);
      host.close();
    });
  }

  /** Closes all rooms and the engine, which commits pending requests. */
  async close(): Promise<void> {
    for (const room of this.#open.values()) {
      room.cancelClose();
      room.host?.close();
    }
    this.#open.clear();
    await this.#engine.close();
  }

  async #load(id: string): Promise<RoomHost | null> {
    const host: RoomHost = new RoomHost(id, this.#clock, () => {
      const room = this.#open.get(id);
      if (room?.host !== host) return;
      room.cancelClose();
      this.#open.delete(id);
    });
    const room = await this.#engine.open(id, host);
    return room && host.attach(room);
  }

  #forget(id: string, room: OpenRoom): void {
    if (this.#open.get(id) === room) this.#open.delete(id);
  }
}

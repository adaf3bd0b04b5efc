import type { Commit } from "../../core/commit.js";
import type { RoomLimits } from "../../core/limits.js";
import { Room } from "../../core/room.js";
import { type BackgroundJobs, backgroundJobs } from "../../schedule/background-jobs.js";
import { type Clock, systemClock } from "../../schedule/clock.js";
import type { Engine, EngineRoom, Host } from "../engine.js";
import { type ErrorReporter, errorReporter } from "../error-reporter.js";
import { newEpoch, newLife } from "../ids.js";
import type { Payload } from "../payload.js";
import { LocalRoom, type RoomOwner } from "./local-room.js";
import type { RoomStore } from "./room-store.js";

/** Options of a `LocalEngine`. */
export interface LocalEngineOptions {
  /** Limits of each room. */
  readonly limits: RoomLimits;
  /** Called with errors of the store, of hosts and of the rules. Default `console.error`. */
  readonly onError?: ((error: Error) => void) | undefined;
  /** Default: the platform's clock. */
  readonly clock?: Clock;
  /**
   * The jobs that load rooms. Default: the jobs of the process.
   *
   * @internal
   */
  readonly jobs?: BackgroundJobs;
}

/** A room that `create` is making. */
interface Creation {
  readonly commit: Commit<Payload>;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * Rooms in this process: the rules in memory, in front of a store. All requests of one turn of the event loop
 * are one transaction (group commit). The engine delivers their outputs after it (M5).
 */
export class LocalEngine implements Engine, RoomOwner {
  readonly clock: Clock;
  readonly #store: RoomStore;
  readonly #limits: RoomLimits;
  readonly #report: ErrorReporter;
  readonly #jobs: BackgroundJobs;
  /** The rooms that are open, or are loading. */
  readonly #rooms = new Map<string, Promise<LocalRoom | null> | LocalRoom>();
  /** The rooms with something to do in the next turn. */
  #due: LocalRoom[] = [];
  #creations: Creation[] = [];
  #isScheduled = false;
  /** Whether the engine is committing and delivering a turn. */
  #isCommitting = false;
  /** The rooms that were closed while the engine was committing. It releases them afterwards. */
  readonly #closing: LocalRoom[] = [];
  #isClosed = false;

  constructor(
    store: RoomStore,
    { limits, onError, clock = systemClock, jobs = backgroundJobs }: LocalEngineOptions,
  ) {
    this.#store = store;
    this.#limits = limits;
    this.#report = errorReporter(onError);
    this.clock = clock;
    this.#jobs = jobs;
  }

  create(room: string): Promise<void> {
    const commit: Commit<Payload> = {
      room,
      epoch: newEpoch(),
      life: newLife(),
      head: 0,
      time: this.clock.time(),
      number: 1,
      events: [{ type: "created" }],
      streams: [],
      sessions: new Map(),
    };
    return new Promise((done, failed) => {
      this.#creations.push({ commit, done, failed });
      this.#schedule();
    });
  }

  async exists(room: string): Promise<boolean> {
    return this.#store.exists(room);
  }

  async open(id: string, host: Host): Promise<EngineRoom | null> {
    for (;;) {
      if (this.#isClosed) throw new Error("the engine is closed");
      let opening = this.#rooms.get(id);
      if (!opening) {
        opening = this.#load(id);
        this.#rooms.set(id, opening);
        // After an error, the next `open` loads the room again.
        opening.catch(() => this.#rooms.delete(id));
      }
      const room = await opening;
      if (this.#isClosed) continue;
      if (!room) return null;
      // The other hosts may have closed the room meanwhile. The loop then loads it again.
      if (this.#rooms.get(id) === room) return room.open(host);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#commit();
    for (const room of this.#rooms.values()) {
      if (!(room instanceof LocalRoom)) continue;
      room.close();
      this.#release(room);
    }
    this.#store.close();
  }

  due(room: LocalRoom): void {
    this.#due.push(room);
    this.#schedule();
  }

  closing(room: LocalRoom): void {
    if (this.#isCommitting) this.#closing.push(room);
    else this.#release(room);
  }

  failed(error: Error): void {
    this.#report(error);
  }

  async #load(id: string): Promise<LocalRoom | null> {
    const state = await this.#jobs.result(this.#store.load(id));
    if (!state) {
      this.#rooms.delete(id);
      return null;
    }
    const same = (a: Payload, b: Payload) => a.equals(b);
    const room = new LocalRoom(new Room({ id, life: newLife(), limits: this.#limits, state, same }), this);
    this.#rooms.set(id, room);
    return room;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.clock.nextTurn(() => this.#commit());
  }

  /** Commits all waiting requests and creations, and delivers the outputs. */
  #commit(): void {
    this.#isScheduled = false;
    this.#isCommitting = true;
    try {
      this.#commitTurn();
    } finally {
      this.#isCommitting = false;
    }
    for (const room of this.#closing.splice(0)) this.#release(room);
  }

  #commitTurn(): void {
    const creations = this.#creations;
    const due = this.#due;
    this.#creations = [];
    this.#due = [];
    if (creations.length === 0 && due.length === 0) return;
    const commits = creations.map(({ commit }) => commit);
    const applied: LocalRoom[] = [];
    for (const room of due) {
      try {
        commits.push(room.apply());
        applied.push(room);
      } catch (error) {
        this.#lose(room, error as Error);
      }
    }
    try {
      this.#store.commit(commits);
    } catch (error) {
      this.#undo(creations, applied, error as Error);
      return;
    }
    for (const { done } of creations) done();
    for (const room of applied) room.land();
  }

  /** Undoes a turn whose commit failed, and refuses all of its requests. */
  #undo(creations: readonly Creation[], applied: readonly LocalRoom[], error: Error): void {
    for (const { failed } of creations) failed(error);
    for (const room of applied) room.undo(`the server could not store changes (${error.message}): try again`);
    this.failed(error);
  }

  /** Closes a room that no host has open. */
  #release(room: LocalRoom): void {
    // The room's last requests may still wait for their commit.
    this.#commit();
    if (this.#rooms.get(room.id) !== room || room.isOpen) return;
    this.#rooms.delete(room.id);
    room.close();
    try {
      this.#store.release(room.id, room.head);
    } catch (error) {
      this.failed(error as Error);
    }
  }

  /** Drops a room whose rules threw an error. The next `open` loads it from the store. */
  #lose(room: LocalRoom, error: Error): void {
    this.#rooms.delete(room.id);
    room.lose();
    this.failed(error);
  }
}

import type { Room } from "../../core/room.js";
import { result } from "../../schedule/background-jobs.js";
import { type Engine, type EngineRoom, Refusal, type RoomEvents } from "../engine.js";
import type { Payload } from "../payload.js";
import { LocalRoom, type Operation } from "./local-room.js";
import type { RoomChange, RoomStore } from "./room-store.js";

/**
 * Rooms in this process: the pure core in memory, in front of a store. All that arrives in one turn
 * of the event loop is one transaction (group commit), and is told about after it (M5).
 */
export class LocalEngine implements Engine {
  readonly #store: RoomStore;
  readonly #onError: (error: Error) => void;
  readonly #open = new Set<LocalRoom>();
  #queue: Operation[] = [];
  #scheduled: NodeJS.Immediate | undefined;

  /** @param onError told what went wrong with nobody there to be answered. */
  constructor(store: RoomStore, onError: (error: Error) => void = console.error) {
    this.#store = store;
    this.#onError = onError;
  }

  async create(room: string): Promise<void> {
    this.#store.create(room);
  }

  async exists(room: string): Promise<boolean> {
    return this.#store.exists(room);
  }

  async open(id: string, events: RoomEvents): Promise<EngineRoom | null> {
    const steps = this.#store.loadInSteps?.(id);
    const state = steps ? await result(steps) : this.#store.load(id);
    if (!state) return null;
    const room = new LocalRoom(id, state, events, {
      submit: (operation) => this.#submit(operation),
      close: () => this.#close(room),
    });
    this.#open.add(room);
    return room;
  }

  async close(): Promise<void> {
    for (const room of this.#open) room.close();
    this.#store.close();
  }

  /** One operation's failure is none of the others' business. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  #submit(operation: Operation): void {
    this.#queue.push(operation);
    this.#scheduled ??= setImmediate(() => this.#flush());
  }

  #close(room: LocalRoom): void {
    if (!this.#open.has(room)) return;
    // Its last messages may still wait for their commit.
    this.#flush();
    this.#open.delete(room);
    const { state } = room;
    if (state) this.#attempt(() => this.#store.release(room.id, state.head));
  }

  #flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const operations = this.#queue;
    this.#queue = [];

    let effects: (() => void)[];
    try {
      effects = operations.map((operation) => operation.apply(this.#state(operation.room)));
      this.#store.commit(changes(operations));
    } catch (error) {
      this.#undo(operations, error as Error);
      return;
    }
    for (const { room } of operations) room.settle();
    for (const effect of effects) this.#attempt(effect);
  }

  /** The store kept nothing of the turn: neither may the rooms, and every sender is told so. */
  #undo(operations: readonly Operation[], error: Error): void {
    for (const { room } of operations) room.forget();
    const refusal = new Refusal(
      "storage_failed",
      `the server could not store it (${error.message}): try again`,
    );
    for (const operation of operations) this.#attempt(() => operation.fail(refusal));
    this.#onError(error);
  }

  #state(room: LocalRoom): Room<Payload> {
    const state = room.state ?? this.#store.load(room.id);
    if (!state) throw new Error("the room is gone");
    room.state = state;
    return state;
  }
}

function changes(operations: readonly Operation[]): RoomChange[] {
  const rooms = new Set(operations.map(({ room }) => room));
  return Array.from(rooms, (room) => room.takeChange());
}

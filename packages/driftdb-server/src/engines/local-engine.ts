import type { Action, Key } from "driftdb-protocol";
import type { Applied, Outcome, Refused, Resumed, Room, Sender, SessionWrite, Write } from "../core/room.js";
import type { Session } from "../core/session.js";
import type { Entry } from "../core/stream.js";
import type { Payload } from "../payload.js";
import {
  type Engine,
  type EngineRoom,
  type Message,
  type PushResult,
  Refusal,
  type RoomEvents,
  type SessionInfo,
} from "./engine.js";
import type { RoomChange, RoomStore } from "./room-store.js";

/** What an operation leaves to be done once the turn's commit has succeeded, or failed. */
interface Operation {
  readonly room: LocalRoom;
  /** Applies it to the room's state, and answers with what to do after the commit. */
  apply(state: Room<Payload>): () => void;
  fail(refusal: Refusal): void;
}

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
    const state = this.#store.load(id);
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

interface Host {
  submit(operation: Operation): void;
  close(): void;
}

class LocalRoom implements EngineRoom {
  /** `null` after a failed commit, until it is loaded again. */
  state: Room<Payload> | null;
  #writes: Write<Payload>[] = [];
  #sessions = new Map<string, Session | null>();

  constructor(
    readonly id: string,
    state: Room<Payload>,
    readonly events: RoomEvents,
    readonly host: Host,
  ) {
    this.state = state;
  }

  push(message: Message, sender: Sender | null, done: (result: PushResult) => void): void {
    const { key, value, action } = message;
    this.#submit(done, (state) => {
      const [outcome, session] = sender
        ? state.pushFrom(sender, key, value, action)
        : ([state.push(key, value, action)] as const);
      if (session) this.#keep(session);
      if (outcome.type === "applied" && outcome.write) this.#writes.push(outcome.write);
      return () => {
        if (outcome.type === "applied") this.#tell(message, outcome);
        done(resultOf(outcome, action));
      };
    });
  }

  refuse(sender: Sender, why: Refusal, done: (result: PushResult) => void): void {
    this.#submit(done, (state) => {
      const [outcome, session] = state.refuseFrom(sender, why as Omit<Refused, "type">);
      if (session) this.#keep(session);
      return () => done(resultOf(outcome));
    });
  }

  get(key: Key, seq: number, done: (result: readonly Entry<Payload>[] | Refusal) => void): void {
    this.#submit(done, (state) => {
      const entries = state.since(key, seq);
      return () => done(entries);
    });
  }

  resume(key: Key, seq: number, epoch: string, done: (result: Resumed<Payload> | Refusal) => void): void {
    this.#submit(done, (state) => {
      const resumed = state.resume(key, seq, epoch);
      return () => done(resumed);
    });
  }

  hello(cid: string, done: (result: SessionInfo | Refusal) => void): void {
    this.#submit(done, (state) => {
      const session = state.session(cid);
      const { epoch, head } = state;
      const info = { epoch, head, acked: session?.acked ?? 0, acks: session?.acks() ?? [] };
      return () => done(info);
    });
  }

  keys(done: (result: readonly Key[] | Refusal) => void): void {
    this.#submit(done, (state) => {
      const keys = [...state.keys()];
      return () => done(keys);
    });
  }

  barrier(done: () => void): void {
    this.#submit(done, () => done);
  }

  close(): void {
    this.host.close();
  }

  /** What the turn has changed so far, to be committed. */
  takeChange(): RoomChange {
    const writes = this.#writes;
    const sessions = this.#sessions;
    this.#writes = [];
    this.#sessions = new Map();
    return { room: this.id, head: this.state?.head ?? 0, writes, sessions };
  }

  forget(): void {
    this.takeChange();
    this.state = null;
  }

  /** What a session was before in the turn is void: one that was forgotten may be back, and the other way round. */
  #keep({ cid, session, forgotten }: SessionWrite): void {
    this.#sessions.delete(cid);
    this.#sessions.set(cid, session);
    if (forgotten !== undefined) this.#sessions.set(forgotten, null);
  }

  #tell({ key, value, action }: Message, { seq, prev, write }: Applied<Payload>): void {
    if (seq === undefined) {
      if (write) this.events.compacted(key);
    } else if (action.type === "relay") {
      this.events.message({ key, value, seq });
    } else {
      this.events.message({ key, value, seq, prev });
    }
  }

  #submit(fail: (refusal: Refusal) => void, apply: (state: Room<Payload>) => () => void): void {
    this.host.submit({ room: this, apply, fail });
  }
}

function resultOf(outcome: Outcome<Payload>, action?: Action): PushResult {
  switch (outcome.type) {
    case "applied":
      return { seq: action?.type === "compact" ? action.seq : (outcome.seq as number), size: outcome.size };
    case "refused":
      return new Refusal(outcome.code, outcome.message);
    case "duplicate":
      return { seq: outcome.seq, size: 0 };
    case "out_of_step":
      return "out_of_step";
  }
}

import { ERROR_STORAGE_FAILED } from "driftdb-protocol";
import type { Commit } from "../../core/commit.js";
import type { Room } from "../../core/room.js";
import type { Turn } from "../../core/turn.js";
import type { Clock } from "../../schedule/clock.js";
import type { EngineRoom, Host, Output, Request } from "../engine.js";
import type { Payload } from "../payload.js";

/** The engine of a room, which the room calls back. */
export interface RoomOwner {
  readonly clock: Clock;
  /** Called when the room has something to do in the next turn. The owner then calls `apply`. */
  due(room: LocalRoom): void;
  /** Called when the last host has closed the room. */
  closing(room: LocalRoom): void;
  /** Called with an error that a host threw in `deliver`. The room goes on for its other hosts. */
  failed(error: Error): void;
}

/** A turn of the room, between `apply` and `land` or `undo`. */
interface Batch {
  readonly requests: readonly Request[];
  /** The host that submitted each of the requests. */
  readonly askers: readonly Handle[];
  readonly turn: Turn<Payload>;
  readonly commit: Commit<Payload>;
}

/**
 * A room that this process owns, with its hosts and their requests. `LocalEngine` uses it, and so may any
 * engine that owns rooms: for each turn it calls `apply`, commits, then calls `land` or `undo`.
 */
export class LocalRoom {
  readonly #room: Room<Payload>;
  readonly #owner: RoomOwner;
  readonly #handles = new Set<Handle>();
  /**
   * Whether the room ever had several hosts. A host that has closed it may still have requests in the next
   * turn.
   */
  #isShared = false;
  /** The requests of the next turn, and the host that submitted each one. */
  #requests: Request[] = [];
  #askers: Handle[] = [];
  #isDue = false;
  /** The turn that the engine is committing. */
  #batch: Batch | undefined;
  /** When the next session ends, and the function that cancels its timer. */
  #nextEnd: number | undefined;
  #cancel = () => {};

  constructor(room: Room<Payload>, owner: RoomOwner) {
    this.#room = room;
    this.#owner = owner;
  }

  get id(): string {
    return this.#room.id;
  }

  /** The newest seq. */
  get head(): number {
    return this.#room.state.head;
  }

  open(host: Host): EngineRoom {
    const handle = new Handle(this, host);
    this.#handles.add(handle);
    if (this.#handles.size > 1) this.#isShared = true;
    return handle;
  }

  /** Whether any host has the room open. */
  get isOpen(): boolean {
    return this.#handles.size > 0;
  }

  submit(request: Request, asker: Handle): void {
    if (!this.#handles.has(asker)) return;
    this.#requests.push(request);
    this.#askers.push(asker);
    this.#wake();
  }

  leave(handle: Handle): void {
    if (this.#handles.delete(handle) && this.#handles.size === 0) this.#owner.closing(this);
  }

  /** Removes all hosts, and cancels the timer. */
  close(): void {
    this.#handles.clear();
    this.#cancel();
  }

  /**
   * Applies the waiting requests. Call `land` or `undo` afterwards.
   *
   * @throws {Error} when a turn is under way, or a rule fails. Call `lose` after the latter.
   */
  apply(): Commit<Payload> {
    if (this.#batch) throw new Error("a turn is under way: apply() follows its land() or undo()");
    const requests = this.#requests;
    const askers = this.#askers;
    this.#requests = [];
    this.#askers = [];
    this.#isDue = false;
    const { clock } = this.#owner;
    const turn = this.#room.apply(requests, clock.now());
    const commit = turn.commit(clock.time());
    this.#batch = { requests, askers, turn, commit };
    return commit;
  }

  /** Makes the turn the room's state, and delivers its outputs. Call it when the commit is stored. */
  land(): void {
    const batch = this.#endBatch();
    this.#room.land(batch.turn, batch.commit);
    this.#schedule();
    this.#deliver(batch.turn.outputs, batch);
  }

  /**
   * Drops the turn, and refuses each of its requests. Call it when the commit is certainly not stored. When
   * that is unknown, call `lose`.
   */
  undo(message: string): void {
    const batch = this.#endBatch();
    const why = { code: ERROR_STORAGE_FAILED, message } as const;
    const outputs = this.#room.undo(batch.turn, batch.requests, why, this.#owner.clock.now());
    this.#schedule();
    this.#deliver(outputs, batch);
  }

  /** Closes the room for good, with the turn that is under way, and delivers `lost` to its hosts. */
  lose(): void {
    const handles = [...this.#handles];
    this.#batch = undefined;
    this.close();
    for (const handle of handles) this.#deliverTo(handle, [{ type: "lost" }]);
  }

  #endBatch(): Batch {
    const batch = this.#batch;
    if (!batch) throw new Error("land() and undo() follow apply()");
    this.#batch = undefined;
    return batch;
  }

  /** Sets the timer for the next end of a session. */
  #schedule(): void {
    const next = this.#room.attendance.nextEnd;
    if (next === this.#nextEnd) return;
    this.#cancel();
    this.#nextEnd = next;
    if (next === undefined) return;
    this.#cancel = this.#owner.clock.after(Math.max(1, next - this.#owner.clock.now()), () => {
      this.#nextEnd = undefined;
      this.#wake();
    });
  }

  /** Asks the engine to call `apply` in the next turn. */
  #wake(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#owner.due(this);
  }

  #deliver(outputs: readonly Output[], batch: Batch): void {
    if (outputs.length === 0) return;
    for (const handle of this.#handles) {
      this.#deliverTo(handle, this.#isShared ? outputsFor(handle, outputs, batch) : outputs);
    }
  }

  #deliverTo({ host }: Handle, outputs: readonly Output[]): void {
    try {
      host.deliver(outputs);
    } catch (error) {
      this.#owner.failed(error as Error);
    }
  }
}

/** One host's access to a room. */
export class Handle implements EngineRoom {
  constructor(
    readonly room: LocalRoom,
    readonly host: Host,
  ) {}

  submit(request: Request): void {
    this.room.submit(request, this);
  }

  close(): void {
    this.room.leave(this);
  }
}

/** All events, and the answers to one host's requests. */
function outputsFor(handle: Handle, outputs: readonly Output[], { requests, askers }: Batch): Output[] {
  const own = new Set(requests.filter((_, i) => askers[i] === handle));
  return outputs.filter((output) => !("request" in output) || own.has(output.request));
}

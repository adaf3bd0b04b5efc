import { ERROR_STORAGE_FAILED } from "driftdb-protocol";
import type { Commit } from "../../core/commit.js";
import type { Room } from "../../core/room.js";
import type { Turn } from "../../core/turn.js";
import type { Clock } from "../../schedule/clock.js";
import type { EngineRoom, Host, Output, Request } from "../engine.js";
import type { Payload } from "../payload.js";

/** What a room asks of its engine. */
export interface RoomOwner {
  readonly clock: Clock;
  /** The room has something to do in the next turn. */
  due(room: LocalRoom): void;
  /** The last of the room's hosts has closed it. */
  closing(room: LocalRoom): void;
  /** A host has thrown an error: the others must not suffer from it. */
  failed(error: Error): void;
}

/** A turn of the room. */
interface Batch {
  readonly requests: readonly Request[];
  /** The host that submitted each of the requests. */
  readonly askers: readonly Handle[];
  readonly turn: Turn<Payload>;
  readonly commit: Commit<Payload>;
}

/** An open room of a `LocalEngine`: the hosts that have it open, and what they asked for in this turn. */
export class LocalRoom {
  readonly #room: Room<Payload>;
  readonly #owner: RoomOwner;
  readonly #handles = new Set<Handle>();
  /** Whether it has had several hosts at a time. One that has closed the room may have requests in the next turn. */
  #isShared = false;
  /** The requests of the next turn, and the host that submitted each of them. */
  #requests: Request[] = [];
  #askers: Handle[] = [];
  #isDue = false;
  /** The turn that is being committed. */
  #batch: Batch | undefined;
  /** When the next session ends, and what cancels the timer for it. */
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

  /** Whether a host has it open. */
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

  /** Nothing happens in it any more. */
  close(): void {
    this.#handles.clear();
    this.#cancel();
  }

  /** Applies what was submitted. `land` or `undo` follows. */
  apply(): Commit<Payload> {
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

  /** The commit is stored: the hosts are delivered what leaves the room. */
  land(): void {
    const batch = this.#takeBatch();
    this.#room.land(batch.turn, batch.commit);
    this.#schedule();
    this.#deliver(batch.turn.outputs, batch);
  }

  /** The commit could not be stored: the room is as it was, and every request failed. */
  undo(message: string): void {
    const batch = this.#takeBatch();
    const why = { code: ERROR_STORAGE_FAILED, message } as const;
    const outputs = this.#room.undo(batch.turn, batch.requests, why, this.#owner.clock.now());
    this.#schedule();
    this.#deliver(outputs, batch);
  }

  /** The room cannot go on. */
  lose(): void {
    const handles = [...this.#handles];
    this.close();
    for (const handle of handles) this.#deliverTo(handle, [{ type: "lost" }]);
  }

  #takeBatch(): Batch {
    const batch = this.#batch;
    if (!batch) throw new Error("land() and undo() follow apply()");
    this.#batch = undefined;
    return batch;
  }

  /** Has the engine come back when the next session ends. */
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

  /** Has the engine apply, in the next turn, what there is to do. */
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

/** A room as one host has it open. */
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

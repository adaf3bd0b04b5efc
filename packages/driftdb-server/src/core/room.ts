import { Attendance } from "./attendance.js";
import type { Commit } from "./commit.js";
import { Holds } from "./holds.js";
import type { RoomLimits } from "./limits.js";
import type { RoomOutput } from "./output.js";
import type { Refusal } from "./refusal.js";
import type { RoomRequest } from "./request.js";
import type { RoomState } from "./room-state.js";
import type { Sized } from "./stream.js";
import { Turn } from "./turn.js";

/** Options of a `Room`. */
export interface RoomOptions<V extends Sized> {
  readonly id: string;
  /** Names this opening of the room. Each opening has a new name. */
  readonly life: string;
  readonly limits: RoomLimits;
  readonly state: RoomState<V>;
  /** Whether two values are the same (D19). */
  readonly same: (a: V, b: V) => boolean;
}

/**
 * An open room: the rules (M1–M5, S1–S10), without clock, randomness and I/O. An engine calls `apply` with a
 * batch of requests, stores the turn's commit, calls `land`, and delivers the turn's outputs.
 */
export class Room<V extends Sized> {
  readonly id: string;
  readonly life: string;
  readonly limits: RoomLimits;
  readonly state: RoomState<V>;
  readonly same: (a: V, b: V) => boolean;
  readonly holds = new Holds<V>();
  readonly attendance = new Attendance();

  constructor({ id, life, limits, state, same }: RoomOptions<V>) {
    this.id = id;
    this.life = life;
    this.limits = limits;
    this.state = state;
    this.same = same;
  }

  /**
   * Applies requests to an overlay of the room, and ends the sessions whose time is over.
   *
   * @param now milliseconds of a steady clock.
   * @returns a turn with the changes and the outputs. The room itself does not change yet.
   */
  apply(requests: readonly RoomRequest<V>[], now: number): Turn<V> {
    const turn = new Turn(this, now);
    for (const request of requests) turn.apply(request);
    turn.endSessions();
    return turn;
  }

  /** Makes the turn's changes the room's state. Call it when the commit is stored. */
  land(turn: Turn<V>, commit: Commit<V>): void {
    turn.land(commit);
  }

  /**
   * Drops a turn whose commit could not be stored. Only attendance keeps its changes.
   *
   * @returns the turn's takeovers, and a refusal of each of its requests.
   */
  undo(turn: Turn<V>, requests: readonly RoomRequest<V>[], why: Refusal, now: number): RoomOutput<V>[] {
    for (const cid of turn.ended) this.attendance.retry(cid, now);
    const outputs = turn.outputs.filter(({ type }) => type === "takenOver");
    for (const request of requests) {
      if (request.type !== "leave") outputs.push({ type: "refused", request, why });
    }
    return outputs;
  }
}

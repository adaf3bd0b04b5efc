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

/** What a room is opened with. */
export interface RoomOptions<V extends Sized> {
  readonly id: string;
  /** Names this opening of the room: each opening has another. */
  readonly life: string;
  readonly limits: RoomLimits;
  readonly state: RoomState<V>;
  /** Whether two values are the same (D19). */
  readonly same: (a: V, b: V) => boolean;
}

/**
 * An open room: a room's rules (M1–M5, S1–S10) and nothing else. It has no clock, no randomness and no I/O. An engine
 * calls `apply` with a batch of requests, stores the turn's commit, calls `land`, and delivers the turn's outputs.
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
   * Applies requests to an overlay of the room, and ends the sessions that are over.
   *
   * @param now milliseconds of a steady clock.
   * @returns what the requests changed, and what leaves the room for it. The room itself is as before.
   */
  apply(requests: readonly RoomRequest<V>[], now: number): Turn<V> {
    const turn = new Turn(this, now);
    for (const request of requests) turn.apply(request);
    turn.endSessions();
    return turn;
  }

  /** The turn's commit is stored: the room is now as the turn saw it. */
  land(turn: Turn<V>, commit: Commit<V>): void {
    turn.land(commit);
  }

  /**
   * The turn's commit could not be stored. The room is as it was before the turn, except for who is in it.
   *
   * @returns what leaves the room: who was taken over, and to each request that the turn took, that it failed.
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

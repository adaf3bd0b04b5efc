import {
  CLOSE_GOING_AWAY,
  CLOSE_NORMAL,
  CLOSE_OUT_OF_STEP,
  GRACE_MS,
  RELOAD_GRACE_MS,
} from "driftdb-protocol";
import type { Connection, SessionId } from "./request.js";

/** How long until a session that could not be ended is tried again, in ms (D22). */
const RETRY = 1_000;

interface Attending {
  readonly name: string;
  /** The connection that acts for the session, or did last. */
  connection: Connection;
  /** When the session ends. `undefined` while it has a connection. */
  ends: number | undefined;
}

/**
 * Which connection acts for each session of a room, and when a session ends (S9, S10). It keeps no time of its own:
 * `now` is milliseconds of any steady clock.
 */
export class Attendance {
  readonly #sessions = new Map<string, Attending>();
  /** The sessions that have an end, by cid. */
  readonly #ending = new Map<string, Attending>();
  /** The connections that another one has taken a session over from: for as long as anybody knows them. */
  readonly #takenOver = new WeakSet<Connection>();

  /** When the next session ends; `undefined` if none is about to. */
  get nextEnd(): number | undefined {
    if (this.#ending.size === 0) return undefined;
    let next: number | undefined;
    for (const { ends } of this.#ending.values()) {
      if (ends !== undefined && (next === undefined || ends < next)) next = ends;
    }
    return next;
  }

  /** How many sessions have a connection, or are about to end. */
  get size(): number {
    return this.#sessions.size;
  }

  /**
   * The connection acts for its session from now on.
   *
   * @returns the connection that it takes the session over from, if that one is still there.
   */
  join(session: SessionId, connection: Connection): Connection | undefined {
    const before = this.#sessions.get(session.cid);
    if (before && before.connection !== connection) this.#takenOver.add(before.connection);
    this.#ending.delete(session.cid);
    this.#sessions.set(session.cid, { name: session.name, connection, ends: undefined });
    return before && before.ends === undefined && before.connection !== connection
      ? before.connection
      : undefined;
  }

  /**
   * A connection was closed with a code, which says how long its session lasts without it. The close of a connection
   * that was taken over says nothing of the session.
   */
  leave(session: SessionId, connection: Connection, code: number, now: number): void {
    const attending = this.#sessions.get(session.cid);
    if (attending?.connection !== connection || attending.ends !== undefined) return;
    this.#endAt(session.cid, attending, now + lasts(code));
  }

  /** Whether what a connection sends is applied: not once another one acts for its session (S10). */
  counts(session: SessionId, connection: Connection, now: number): boolean {
    if (this.#takenOver.has(connection)) return false;
    const attending = this.#sessions.get(session.cid);
    return attending === undefined || attending.connection === connection || isOver(attending, now);
  }

  /** Whether a connection acts for its session now, so that it may hold something (S9). */
  isHere(session: SessionId, connection: Connection): boolean {
    const attending = this.#sessions.get(session.cid);
    return attending?.connection === connection && attending.ends === undefined;
  }

  /** The sessions that are over by now. */
  due(now: number): readonly SessionId[] {
    if (this.#ending.size === 0) return NOBODY;
    const due: SessionId[] = [];
    for (const [cid, attending] of this.#ending) {
      if (isOver(attending, now)) due.push({ cid, name: attending.name });
    }
    return due;
  }

  /** Whether a session is over by now. */
  isDue(cid: string, now: number): boolean {
    const attending = this.#ending.get(cid);
    return attending !== undefined && isOver(attending, now);
  }

  /** A session was ended, unless a connection has joined it meanwhile: that one may even have left again. */
  end(cid: string, now: number): void {
    if (!this.isDue(cid, now)) return;
    this.#ending.delete(cid);
    this.#sessions.delete(cid);
  }

  /** A session could not be ended: it is due again a while later, unless a connection has joined it meanwhile. */
  retry(cid: string, now: number): void {
    const attending = this.#ending.get(cid);
    if (attending && isOver(attending, now)) this.#endAt(cid, attending, now + RETRY);
  }

  #endAt(cid: string, attending: Attending, time: number): void {
    attending.ends = time;
    this.#ending.set(cid, attending);
  }
}

const NOBODY: readonly SessionId[] = [];

function isOver({ ends }: Attending, now: number): boolean {
  return ends !== undefined && ends <= now;
}

/** Milliseconds for which a session lasts after a close with this code. */
function lasts(code: number): number {
  // A client whose session is out of step starts a new one.
  if (code === CLOSE_NORMAL || code === CLOSE_OUT_OF_STEP) return 0;
  return code === CLOSE_GOING_AWAY ? RELOAD_GRACE_MS : GRACE_MS;
}

import {
  CLOSE_GOING_AWAY,
  CLOSE_NORMAL,
  CLOSE_OUT_OF_STEP,
  GRACE_MS,
  RELOAD_GRACE_MS,
} from "driftdb-protocol";
import type { Connection, SessionId } from "./request.js";

/** Milliseconds until the room tries again to end a session whose end could not be stored (D22). */
const RETRY_MS = 1_000;

interface Attending {
  readonly name: string;
  /** The connection that acts for the session, or did so last. */
  connection: Connection;
  /** When the session ends. `undefined` while a connection acts for it. */
  ends: number | undefined;
}

/**
 * Tracks which connection acts for each session of a room, and when a session ends (S9, S10). It has no
 * timer: `now` is milliseconds of a steady clock.
 */
export class Attendance {
  readonly #sessions = new Map<string, Attending>();
  /** The sessions without a connection, by cid. */
  readonly #ending = new Map<string, Attending>();
  /** The connections whose session another connection has taken over. */
  readonly #takenOver = new WeakSet<Connection>();

  /** When the next session ends. `undefined` while all sessions have connections. */
  get nextEnd(): number | undefined {
    if (this.#ending.size === 0) return undefined;
    let next: number | undefined;
    for (const { ends } of this.#ending.values()) {
      if (ends !== undefined && (next === undefined || ends < next)) next = ends;
    }
    return next;
  }

  /** The number of sessions with a connection, or with an end in the future. */
  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Makes the connection act for its session. A session that is over is not taken over: a new one begins.
   *
   * @returns the connection whose session it takes over, if that one is still open.
   */
  join(session: SessionId, connection: Connection, now: number): Connection | undefined {
    const before = this.#sessions.get(session.cid);
    if (before && before.connection !== connection && !isOver(before, now)) {
      this.#takenOver.add(before.connection);
    }
    this.#ending.delete(session.cid);
    this.#sessions.set(session.cid, { name: session.name, connection, ends: undefined });
    return before && before.ends === undefined && before.connection !== connection
      ? before.connection
      : undefined;
  }

  /**
   * Schedules the end of the session of a closed connection. The close code decides how long the session
   * lasts. A connection that was taken over does not count.
   */
  leave(session: SessionId, connection: Connection, code: number, now: number): void {
    const attending = this.#sessions.get(session.cid);
    if (attending?.connection !== connection || attending.ends !== undefined) return;
    this.#endAt(session.cid, attending, now + graceOf(code));
  }

  /**
   * Whether the room applies a connection's requests. It does not when another one acts for the session
   * (S10).
   */
  counts(session: SessionId, connection: Connection, now: number): boolean {
    if (this.#takenOver.has(connection)) return false;
    const attending = this.#sessions.get(session.cid);
    return attending === undefined || attending.connection === connection || isOver(attending, now);
  }

  /** Whether a connection acts for its session now, and may hold values (S9). */
  isHere(session: SessionId, connection: Connection): boolean {
    const attending = this.#sessions.get(session.cid);
    return attending?.connection === connection && attending.ends === undefined;
  }

  /** The sessions whose end has passed, in the order of their ends, then of their connections' closes. */
  due(now: number): readonly SessionId[] {
    if (this.#ending.size === 0) return NO_SESSIONS;
    const due: [cid: string, attending: Attending][] = [];
    for (const ending of this.#ending) if (isOver(ending[1], now)) due.push(ending);
    due.sort(([, a], [, b]) => (a.ends as number) - (b.ends as number));
    return due.map(([cid, { name }]) => ({ cid, name }));
  }

  /** Whether a session's end has passed. */
  isDue(cid: string, now: number): boolean {
    const attending = this.#ending.get(cid);
    return attending !== undefined && isOver(attending, now);
  }

  /**
   * Removes a session whose end is stored. Does nothing if a connection has joined it since, even for a
   * moment.
   */
  end(cid: string, now: number): void {
    if (!this.isDue(cid, now)) return;
    this.#ending.delete(cid);
    this.#sessions.delete(cid);
  }

  /** Delays a session's end that could not be stored. Does nothing if a connection has joined it since. */
  retry(cid: string, now: number): void {
    const attending = this.#ending.get(cid);
    if (attending && isOver(attending, now)) this.#endAt(cid, attending, now + RETRY_MS);
  }

  #endAt(cid: string, attending: Attending, time: number): void {
    attending.ends = time;
    this.#ending.set(cid, attending);
  }
}

const NO_SESSIONS: readonly SessionId[] = [];

function isOver({ ends }: Attending, now: number): boolean {
  return ends !== undefined && ends <= now;
}

/** Milliseconds that a session lasts after a close with this code. */
function graceOf(code: number): number {
  // After 4009, the client starts a new session.
  if (code === CLOSE_NORMAL || code === CLOSE_OUT_OF_STEP) return 0;
  return code === CLOSE_GOING_AWAY ? RELOAD_GRACE_MS : GRACE_MS;
}

import { RoomState } from "../../../core/room-state.js";
import { Session } from "../../../core/session.js";
import { Payload } from "../../payload.js";
import { unpackSeqs } from "./pack-seqs.js";
import type { Sql } from "./sql-driver.js";

/** The most that one step reads, in two or three milliseconds. A single row may be larger. */
export const STEP = { rows: 500, bytes: 1 << 20 };

/** Sessions that one step restores. Each has up to 256 seqs to unpack. */
const SESSIONS_PER_STEP = 50;

/** A loaded room, with the numbers that the store needs. */
export interface LoadedRoom {
  /** The id of the room's row. */
  readonly id: number;
  readonly state: RoomState<Payload>;
  /** The highest `used` of the room's sessions. */
  readonly used: number;
}

/** Loads rooms in steps that have a limit of rows and of bytes. */
export class RoomLoader {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(sql: Sql) {
    this.#sql = prepare(sql);
  }

  /** Loads a room by its name. `null` if it does not exist. */
  *load(name: string): Generator<void, LoadedRoom | null> {
    const row = this.#sql.room.get([name]);
    if (!row) return null;
    const state = new RoomState<Payload>(row.epoch, row.head, row.number);
    yield* this.#messages(row.id, state);
    const used = yield* this.#sessions(row.id, state);
    return { id: row.id, state, used };
  }

  *#messages(room: number, state: RoomState<Payload>): Generator<void, void> {
    let last: [key: Uint8Array, seq: number] = [new Uint8Array(), -1];
    for (;;) {
      // The first query counts the rows that fit: SQLite reads a value's size without the value.
      const { fitting } = this.#sql.fitting.get([room, ...last, STEP.rows, STEP.bytes]) as {
        fitting: number;
      };
      const rows = this.#sql.messages.all([room, ...last, Math.max(1, fitting)]);
      for (const { key, seq, snapshot, value } of rows) {
        const stored = typeof value === "string" ? value : new Uint8Array(value);
        const bytes = Buffer.from(key);
        last = [bytes, seq];
        state.restore(bytes.toString(), { seq, value: Payload.from(stored), snapshot: snapshot === 1 });
      }
      if (rows.length === 0) return;
      yield;
    }
  }

  *#sessions(room: number, state: RoomState<Payload>): Generator<void, number> {
    const sessions: SessionRow[] = [];
    for (let after = ""; ; ) {
      const rows = this.#sql.sessions.all([room, after, STEP.rows]);
      for (const row of rows) sessions.push(row);
      if (rows.length < STEP.rows) break;
      after = (rows.at(-1) as SessionRow).cid;
      yield;
    }
    // From the least to the most recently used one.
    sessions.sort((a, b) => a.used - b.used);
    for (const [i, { cid, acked, seqs }] of sessions.entries()) {
      if (i % SESSIONS_PER_STEP === SESSIONS_PER_STEP - 1) yield;
      state.restoreSession(cid, new Session(acked, unpackSeqs(seqs)));
    }
    return sessions.at(-1)?.used ?? 0;
  }
}

interface RoomRow {
  id: number;
  epoch: string;
  head: number;
  number: number;
}

interface MessageRow {
  key: ArrayBuffer;
  seq: number;
  snapshot: number;
  value: string | ArrayBuffer;
}

interface SessionRow {
  cid: string;
  acked: number;
  seqs: string;
  used: number;
}

function prepare(sql: Sql) {
  const following = "FROM messages WHERE room = ? AND (key, seq) > (?, ?) ORDER BY key, seq LIMIT ?";
  return {
    room: sql.prepare<RoomRow>("SELECT id, epoch, head, number FROM rooms WHERE name = ?"),
    fitting: sql.prepare<{ fitting: number }>(`
      SELECT count(*) AS fitting
      FROM (SELECT sum(octet_length(value)) OVER (ORDER BY key, seq) AS bytes ${following})
      WHERE bytes <= ?
    `),
    messages: sql.prepare<MessageRow>(`SELECT key, seq, snapshot, value ${following}`),
    sessions: sql.prepare<SessionRow>(
      "SELECT cid, acked, seqs, used FROM sessions WHERE room = ? AND cid > ? ORDER BY cid LIMIT ?",
    ),
  };
}

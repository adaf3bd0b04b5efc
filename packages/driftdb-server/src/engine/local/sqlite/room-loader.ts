import { RoomState } from "../../../core/room-state.js";
import { Session } from "../../../core/session.js";
import { Payload } from "../../payload.js";
import { unpackSeqs } from "./pack-seqs.js";
import type { Sql } from "./sql-driver.js";

/** What one step reads at most: a single row may be larger. Both take two or three milliseconds. */
export const STEP = { rows: 500, bytes: 1 << 20 };

/** Sessions that one step restores: each has up to 256 seqs to unpack. */
const SESSIONS = 50;

/** A room that was loaded, and what the store has to know of it. */
export interface LoadedRoom {
  /** The room's row. */
  readonly id: number;
  readonly state: RoomState<Payload>;
  /** The newest use of one of its sessions. */
  readonly used: number;
}

/** Loads rooms in steps that are bounded by rows and by bytes. */
export class RoomLoader {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(sql: Sql) {
    this.#sql = prepare(sql);
  }

  /** The room of that name; `null` if there is none. */
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
      // How many rows fit is asked first: SQLite reads a value's size without the value.
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
    // From the one that was used longest ago.
    sessions.sort((a, b) => a.used - b.used);
    for (const [i, { cid, acked, seqs }] of sessions.entries()) {
      if (i % SESSIONS === SESSIONS - 1) yield;
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

import { join } from "node:path";
import type Database from "libsql";
import type { RoomLimits } from "../../../core/limits.js";
import { Room, type Write } from "../../../core/room.js";
import { Session } from "../../../core/session.js";
import { newEpoch } from "../../ids.js";
import { Payload } from "../../payload.js";
import type { RoomChange, RoomStore } from "../room-store.js";
import { MessageInserts, type MessageRow } from "./message-inserts.js";
import { packSeqs, unpackSeqs } from "./pack-seqs.js";
import { closeFile, openFile, transaction } from "./sqlite-file.js";

/** How many seqs a room reserves at a time, so that a relay costs no write (M1). */
const RESERVE = 16_384;

/** Rows that are read at once, so that whoever else wants something need not wait for a large room. */
const STEP = 1_000;

interface OpenRoom {
  readonly id: number;
  /** The head that is stored: seqs up to it may be used without a write. */
  reserved: number;
  /** Counts the uses of its sessions. The head will not do: not every use has a seq of its own. */
  used: number;
}

/** Rooms in one SQLite file: `driftdb.sqlite` in the data directory. */
export class SqliteStore implements RoomStore {
  readonly #db: Database.Database;
  readonly #limits: RoomLimits;
  readonly #open = new Map<string, OpenRoom>();
  readonly #sql: ReturnType<typeof prepare>;
  readonly #inserts: MessageInserts;

  /**
   * @param directory made if it is not there.
   * @throws {Error} when another server has it, or it was made by a newer version.
   */
  constructor(directory: string, limits: RoomLimits) {
    this.#limits = limits;
    this.#db = openFile(join(directory, "driftdb.sqlite"));
    this.#sql = prepare(this.#db);
    this.#inserts = new MessageInserts(this.#db);
  }

  create(room: string): void {
    this.#sql.create.run([room, newEpoch()]);
  }

  exists(room: string): boolean {
    return this.#sql.room.get([room]) !== undefined;
  }

  load(name: string): Room<Payload> | null {
    const steps = this.loadInSteps(name);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  *loadInSteps(name: string): Generator<void, Room<Payload> | null> {
    const row = this.#sql.room.get([name]) as RoomRow | undefined;
    if (!row) return null;
    const room = new Room<Payload>(this.#limits, row.epoch, row.head);
    let last: [key: Buffer, seq: number] = [Buffer.alloc(0), -1];
    for (;;) {
      const rows = this.#sql.messages.all([row.id, ...last, STEP]) as StoredMessage[];
      for (const { key, seq, snapshot, value } of rows) {
        const stored = typeof value === "string" ? value : new Uint8Array(value);
        const entry = { seq, value: Payload.from(stored), snapshot: snapshot === 1 };
        last = [Buffer.from(key), seq];
        room.restore(last[0].toString(), entry);
      }
      if (rows.length < STEP) break;
      yield;
    }
    const state = { id: row.id, reserved: row.head, used: 0 };
    const sessions: SessionRow[] = [];
    for (let rows = STEP; rows === STEP; ) {
      const next = this.#sql.sessions.all([row.id, sessions.at(-1)?.cid ?? "", STEP]) as SessionRow[];
      rows = next.length;
      sessions.push(...next);
      if (rows === STEP) yield;
    }
    // From the one that was used longest ago.
    sessions.sort((a, b) => a.used - b.used);
    for (const [i, { cid, acked, seqs, used }] of sessions.entries()) {
      room.restoreSession(cid, new Session(acked, unpackSeqs(seqs)));
      state.used = used;
      if (i % STEP === STEP - 1) yield;
    }
    this.#open.set(name, state);
    return room;
  }

  commit(changes: readonly RoomChange[]): void {
    const due = changes.filter(
      ({ room, head, writes, sessions }) =>
        writes.length > 0 || sessions.size > 0 || head > this.#get(room).reserved,
    );
    if (due.length === 0) return;
    transaction(this.#db, () => {
      for (const { room, head, writes, sessions } of due) {
        const state = this.#get(room);
        const { id, reserved } = state;
        this.#write(id, writes);
        for (const [cid, session] of sessions) {
          if (session) this.#sql.session.run([id, cid, session.acked, packSeqs(session.seqs), ++state.used]);
          else this.#sql.forget.run([id, cid]);
        }
        if (head > reserved) this.#sql.head.run([head + RESERVE, id]);
      }
    });
    for (const { room, head } of due) {
      const state = this.#get(room);
      if (head > state.reserved) state.reserved = head + RESERVE;
    }
  }

  release(name: string, head: number): void {
    const { id, reserved } = this.#get(name);
    this.#open.delete(name);
    // What was reserved and not used is free again.
    if (reserved !== head) this.#sql.head.run([head, id]);
  }

  close(): void {
    closeFile(this.#db);
  }

  #write(room: number, writes: readonly Write<Payload>[]): void {
    let rows: MessageRow[] = [];
    for (const { type, key, entry } of writes) {
      const bytes = Buffer.from(key);
      if (type !== "append") {
        // What it takes the place of may be among those that are still to be inserted.
        this.#inserts.run(rows);
        rows = [];
        this.#sql.clear.run([room, bytes, type === "replace" ? Number.MAX_SAFE_INTEGER : entry.seq]);
      }
      rows.push([room, bytes, entry.seq, entry.snapshot ? 1 : 0, entry.value.stored]);
    }
    this.#inserts.run(rows);
  }

  #get(room: string): OpenRoom {
    const state = this.#open.get(room);
    if (!state) throw new Error("the room is not open");
    return state;
  }
}

interface RoomRow {
  id: number;
  epoch: string;
  head: number;
}

interface SessionRow {
  cid: string;
  acked: number;
  seqs: string;
  used: number;
}

interface StoredMessage {
  key: ArrayBuffer;
  seq: number;
  snapshot: number;
  value: string | ArrayBuffer;
}

function prepare(db: Database.Database) {
  return {
    create: db.prepare("INSERT INTO rooms (name, epoch, head) VALUES (?, ?, 0)"),
    room: db.prepare("SELECT id, epoch, head FROM rooms WHERE name = ?"),
    head: db.prepare("UPDATE rooms SET head = ? WHERE id = ?"),
    messages: db.prepare(
      "SELECT key, seq, snapshot, value FROM messages WHERE room = ? AND (key, seq) > (?, ?) ORDER BY key, seq LIMIT ?",
    ),
    clear: db.prepare("DELETE FROM messages WHERE room = ? AND key = ? AND seq <= ?"),
    sessions: db.prepare(
      "SELECT cid, acked, seqs, used FROM sessions WHERE room = ? AND cid > ? ORDER BY cid LIMIT ?",
    ),
    session: db.prepare(
      "INSERT OR REPLACE INTO sessions (room, cid, acked, seqs, used) VALUES (?, ?, ?, ?, ?)",
    ),
    forget: db.prepare("DELETE FROM sessions WHERE room = ? AND cid = ?"),
  };
}

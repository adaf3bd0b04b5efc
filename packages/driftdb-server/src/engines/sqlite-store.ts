import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { RoomLimits } from "../core/limits.js";
import { Room, type Write } from "../core/room.js";
import { Payload } from "../payload.js";
import type { RoomChange, RoomStore } from "./room-store.js";

/** How many seqs a room reserves at a time, so that a relay costs no write (M1). */
const RESERVE = 1_024;

const SCHEMA_VERSION = 1;

// `head` is no less than any seq that has left the server. Keys are bytes, since a key may hold NUL.
const SCHEMA = `
  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    head INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    room INTEGER NOT NULL REFERENCES rooms (id),
    key BLOB NOT NULL,
    seq INTEGER NOT NULL,
    snapshot INTEGER NOT NULL,
    value ANY NOT NULL,
    UNIQUE (room, key, seq)
  ) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

interface OpenRoom {
  readonly id: number;
  /** The head that is stored: seqs up to it may be used without a write. */
  reserved: number;
}

/** Rooms in one SQLite file: `driftdb.sqlite` in the data directory. */
export class SqliteStore implements RoomStore {
  readonly #db: Database.Database;
  readonly #limits: RoomLimits;
  readonly #open = new Map<string, OpenRoom>();
  readonly #sql: ReturnType<typeof prepare>;

  /**
   * @param directory made if it is not there.
   * @throws {Error} when another server has it, or it was made by a newer version.
   */
  constructor(directory: string, limits: RoomLimits) {
    this.#limits = limits;
    makeDirectory(directory);
    this.#db = open(join(directory, "driftdb.sqlite"));
    this.#sql = prepare(this.#db);
  }

  create(room: string): void {
    this.#sql.create.run([room]);
  }

  exists(room: string): boolean {
    return this.#sql.room.get([room]) !== undefined;
  }

  load(name: string): Room<Payload> | null {
    const row = this.#sql.room.get([name]) as { id: number; head: number } | undefined;
    if (!row) return null;
    const room = new Room<Payload>(this.#limits, row.head);
    for (const { key, seq, snapshot, value } of this.#sql.messages.iterate([
      row.id,
    ]) as Iterable<MessageRow>) {
      const stored = typeof value === "string" ? value : new Uint8Array(value);
      room.restore(Buffer.from(key).toString(), {
        seq,
        value: Payload.from(stored),
        snapshot: snapshot === 1,
      });
    }
    this.#open.set(name, { id: row.id, reserved: row.head });
    return room;
  }

  commit(changes: readonly RoomChange[]): void {
    const due = changes.filter(
      ({ room, head, writes }) => writes.length > 0 || head > this.#get(room).reserved,
    );
    if (due.length === 0) return;
    this.#transaction(() => {
      for (const { room, head, writes } of due) {
        const { id, reserved } = this.#get(room);
        for (const write of writes) this.#write(id, write);
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
    // `close` keeps the file locked until the prepared statements are collected: let go of it by hand.
    this.#db.exec("PRAGMA journal_mode = DELETE");
    this.#db.exec("PRAGMA locking_mode = NORMAL");
    this.#db.prepare("SELECT head FROM rooms LIMIT 1").get();
    this.#db.close();
  }

  #write(room: number, { type, key, entry }: Write<Payload>): void {
    const bytes = Buffer.from(key);
    if (type === "replace") this.#sql.clear.run([room, bytes, Number.MAX_SAFE_INTEGER]);
    else if (type === "compact") this.#sql.clear.run([room, bytes, entry.seq]);
    this.#sql.insert.run([room, bytes, entry.seq, entry.snapshot ? 1 : 0, entry.value.stored]);
  }

  #get(room: string): OpenRoom {
    const state = this.#open.get(room);
    if (!state) throw new Error("the room is not open");
    return state;
  }

  #transaction(work: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

interface MessageRow {
  key: ArrayBuffer;
  seq: number;
  snapshot: number;
  value: string | ArrayBuffer;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new Error(`the data directory ${directory} cannot be made: ${(error as Error).message}`);
  }
}

function open(file: string): Database.Database {
  const db = connect(file);
  try {
    // One server has the file to itself: two would give out the same seqs.
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("PRAGMA journal_mode = WAL");
    // A commit is on the disk when it returns: acknowledged means safe from power loss too (M5).
    db.exec("PRAGMA synchronous = FULL");
    const version = (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
    if (version > SCHEMA_VERSION) {
      throw new Error("it was made by a newer version of driftdb-server, use that one");
    }
    if (version === 0) db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
    return db;
  } catch (error) {
    db.close();
    if (/locked|busy/i.test((error as Error).message)) {
      throw new Error(`${file} is in use by another server: stop it, or use another data directory`);
    }
    throw unusable(file, error as Error);
  }
}

function connect(file: string): Database.Database {
  try {
    return new Database(file);
  } catch (error) {
    throw unusable(file, error as Error);
  }
}

function unusable(file: string, { message }: Error): Error {
  return new Error(`${file} cannot be used: ${message}`);
}

function prepare(db: Database.Database) {
  return {
    create: db.prepare("INSERT INTO rooms (name, head) VALUES (?, 0)"),
    room: db.prepare("SELECT id, head FROM rooms WHERE name = ?"),
    head: db.prepare("UPDATE rooms SET head = ? WHERE id = ?"),
    messages: db.prepare("SELECT key, seq, snapshot, value FROM messages WHERE room = ? ORDER BY key, seq"),
    clear: db.prepare("DELETE FROM messages WHERE room = ? AND key = ? AND seq <= ?"),
    insert: db.prepare("INSERT INTO messages (room, key, seq, snapshot, value) VALUES (?, ?, ?, ?, ?)"),
  };
}

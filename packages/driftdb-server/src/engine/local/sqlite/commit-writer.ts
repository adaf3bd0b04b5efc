import type { Commit, StreamChange } from "../../../core/commit.js";
import type { Payload } from "../../payload.js";
import { packSeqs } from "./pack-seqs.js";
import { RowWriter } from "./row-writer.js";
import type { Sql } from "./sql-driver.js";

/** How many seqs a room reserves in one write, so that a relay costs no write (D14). */
const RESERVE = 16_384;

/** The store's state of an open room. */
export interface OpenRoom {
  /** The id of the room's row. */
  readonly id: number;
  /** The stored head. The room uses seqs up to it without a write. */
  reserved: number;
  /**
   * Counts the uses of the room's sessions. The head cannot count them, since a use may have no seq of its
   * own.
   */
  used: number;
}

type MessageRow = readonly [
  room: number,
  key: Uint8Array,
  seq: number,
  snapshot: 0 | 1,
  value: string | Uint8Array,
];
type SessionRow = readonly [room: number, cid: string, acked: number, seqs: string, used: number];
type NumberRow = readonly [head: number, number: number, room: number];

/** The head to store when a room's newest seq is `head`. */
export function reservedFor({ reserved }: OpenRoom, head: number): number {
  return head > reserved ? head + RESERVE : reserved;
}

/** Writes commits as rows of SQLite. One statement writes many rows, of all rooms. */
export class CommitWriter {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #writers: ReturnType<typeof rowWriters>;
  #messages: MessageRow[] = [];
  #sessions: SessionRow[] = [];
  #numbers: NumberRow[] = [];

  constructor(sql: Sql) {
    this.#sql = prepare(sql);
    this.#writers = rowWriters(sql);
  }

  /**
   * Writes the commits of one turn. Call it in a transaction.
   *
   * @param commits one commit per room.
   * @param open returns the state of an open room. It is not called for a commit that makes its room.
   */
  write(commits: readonly Commit<Payload>[], open: (room: string) => OpenRoom): void {
    const removed: number[] = [];
    try {
      for (const commit of commits) {
        const room = isCreation(commit) ? this.#create(commit) : open(commit.room);
        if (isRemoval(commit)) removed.push(room.id);
        this.#add(commit, room);
      }
      this.#writers.messages.write(this.#messages);
      this.#writers.sessions.write(this.#sessions);
      this.#writers.numbers.write(this.#numbers);
      for (const id of removed) for (const statement of this.#sql.remove) statement.run([id]);
    } finally {
      this.#messages = [];
      this.#sessions = [];
      this.#numbers = [];
    }
  }

  writeHead({ id }: OpenRoom, head: number): void {
    this.#sql.head.run([head, id]);
  }

  #add({ head, number, streams, sessions }: Commit<Payload>, room: OpenRoom): void {
    const { id } = room;
    for (const change of streams) this.#addStream(id, change);
    for (const [cid, session] of sessions) {
      if (session) this.#sessions.push([id, cid, session.acked, packSeqs(session.seqs), ++room.used]);
      else this.#sql.forget.run([id, cid]);
    }
    const reserved = reservedFor(room, head);
    if (number === undefined) this.writeHead(room, reserved);
    else this.#numbers.push([reserved, number, id]);
  }

  /** Drops rows immediately, and collects the rows to put: they may have the same seqs. */
  #addStream(room: number, { key, dropped, put }: StreamChange<Payload>): void {
    const bytes = Buffer.from(key);
    // `dropped` has all rows of the key up to the last one.
    const last = dropped.at(-1);
    if (last !== undefined) this.#sql.drop.run([room, bytes, last]);
    for (const { seq, snapshot, value } of put) {
      this.#messages.push([room, bytes, seq, snapshot ? 1 : 0, value.stored]);
    }
  }

  #create({ room, epoch, head }: Commit<Payload>): OpenRoom {
    this.#sql.create.run([room, epoch, head]);
    const { id } = this.#sql.room.get([room]) as { id: number };
    return { id, reserved: head, used: 0 };
  }
}

/** Whether the commit makes its room. */
const isCreation = ({ events }: Commit<Payload>) => events[0]?.type === "created";

/** Whether the commit removes its room. */
export const isRemoval = ({ events }: Commit<Payload>) => events.some(({ type }) => type === "removed");

function prepare(sql: Sql) {
  return {
    room: sql.prepare<{ id: number }>("SELECT id FROM rooms WHERE name = ?"),
    create: sql.prepare("INSERT INTO rooms (name, epoch, head, number) VALUES (?, ?, ?, 0)"),
    head: sql.prepare("UPDATE rooms SET head = ? WHERE id = ?"),
    drop: sql.prepare("DELETE FROM messages WHERE room = ? AND key = ? AND seq <= ?"),
    forget: sql.prepare("DELETE FROM sessions WHERE room = ? AND cid = ?"),
    remove: [
      sql.prepare("DELETE FROM messages WHERE room = ?"),
      sql.prepare("DELETE FROM sessions WHERE room = ?"),
      sql.prepare("DELETE FROM rooms WHERE id = ?"),
    ],
  };
}

function rowWriters(sql: Sql) {
  return {
    messages: new RowWriter<MessageRow>(sql, {
      columns: 5,
      many: (rows) => `INSERT INTO messages (room, key, seq, snapshot, value) VALUES ${rows}`,
    }),
    // An update, not a replacement: it leaves the columns that a newer version has added.
    sessions: new RowWriter<SessionRow>(sql, {
      columns: 5,
      many: (rows) => `
        INSERT INTO sessions (room, cid, acked, seqs, used) VALUES ${rows}
        ON CONFLICT DO UPDATE SET acked = excluded.acked, seqs = excluded.seqs, used = excluded.used
      `,
    }),
    numbers: new RowWriter<NumberRow>(sql, {
      columns: 3,
      many: (rows) => `
        WITH newest (head, number, room) AS (VALUES ${rows})
        UPDATE rooms SET head = newest.head, number = newest.number FROM newest WHERE id = newest.room
      `,
      one: "UPDATE rooms SET head = ?, number = ? WHERE id = ?",
    }),
  };
}

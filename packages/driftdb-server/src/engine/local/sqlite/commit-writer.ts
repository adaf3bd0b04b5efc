import type { Commit, StreamChange } from "../../../core/commit.js";
import type { Payload } from "../../payload.js";
import { packSeqs } from "./pack-seqs.js";
import { RowWriter } from "./row-writer.js";
import type { Sql } from "./sql-driver.js";

/** How many seqs a room reserves at a time, so that a relay costs no write (M1). */
const RESERVE = 16_384;

/** What the store knows of a room that is open. */
export interface OpenRoom {
  /** The room's row. */
  readonly id: number;
  /** The head that is stored: seqs up to it may be used without a write. */
  reserved: number;
  /** Counts the uses of its sessions. The head will not do: not every use has a seq of its own. */
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

/** The head that is stored once a room's newest seq is `head`. */
export function reservedFor({ reserved }: OpenRoom, head: number): number {
  return head > reserved ? head + RESERVE : reserved;
}

/** Writes commits as rows of SQLite: the rows of all rooms together, many with one statement. */
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
   * Writes what one turn changed. It belongs in a transaction.
   *
   * @param commits each of another room, which is open unless the commit makes it.
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

  /** Stores a room's head, and nothing else. */
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

  /** Drops rows now, since the rows that are put may have the same seqs, and keeps those for later. */
  #addStream(room: number, { key, dropped, put }: StreamChange<Payload>): void {
    const bytes = Buffer.from(key);
    // They are all of the key's rows up to the last of them.
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
    // An update, and no replacement: columns that a newer version has added stay as they are.
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

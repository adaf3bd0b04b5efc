import { join } from "node:path";
import type { Commit } from "../../../core/commit.js";
import type { RoomState } from "../../../core/room-state.js";
import type { Payload } from "../../payload.js";
import type { RoomStore } from "../room-store.js";
import { CommitWriter, isRemoval, type OpenRoom, reservedFor } from "./commit-writer.js";
import type { OnProgress } from "./migrate-file.js";
import { RoomLoader } from "./room-loader.js";
import type { Sql, Statement } from "./sql-driver.js";
import { closeFile, openFile } from "./sqlite-file.js";
import { SqliteJournal } from "./sqlite-journal.js";

/** Options of a `SqliteStore`. */
export interface SqliteStoreOptions {
  /**
   * Whether the store also writes each change into the file's journal: see `SqliteJournal`. Default `false`.
   */
  readonly journal?: boolean | undefined;
  /** Called while the constructor migrates a file of an older server. */
  readonly onProgress?: OnProgress | undefined;
}

/** Rooms in one SQLite file, `driftdb.sqlite` of the data directory. */
export class SqliteStore implements RoomStore {
  readonly #sql: Sql;
  readonly #room: Statement<{ id: number }>;
  readonly #loader: RoomLoader;
  readonly #writer: CommitWriter;
  readonly #open = new Map<string, OpenRoom>();
  /** The file's journal, if it is on. */
  readonly journal: SqliteJournal | undefined;

  /**
   * @param directory a missing directory is made.
   * @throws {Error} when another server uses the directory, or its file is too new.
   */
  constructor(directory: string, { journal = false, onProgress = () => {} }: SqliteStoreOptions = {}) {
    this.#sql = openFile(join(directory, "driftdb.sqlite"), onProgress);
    this.#room = this.#sql.prepare("SELECT id FROM rooms WHERE name = ?");
    this.#loader = new RoomLoader(this.#sql);
    this.#writer = new CommitWriter(this.#sql);
    if (journal) this.journal = new SqliteJournal(this.#sql);
    else SqliteJournal.end(this.#sql);
  }

  exists(room: string): boolean {
    return this.#room.get([room]) !== undefined;
  }

  *load(room: string): Generator<void, RoomState<Payload> | null> {
    const loaded = yield* this.#loader.load(room);
    if (!loaded) return null;
    const { id, state, used } = loaded;
    this.#open.set(room, { id, reserved: state.head, used });
    return state;
  }

  commit(commits: readonly Commit<Payload>[]): void {
    const due = commits.filter(
      ({ room, head, number }) => number !== undefined || head > this.#get(room).reserved,
    );
    if (due.length === 0) return;
    this.#sql.transaction(() => {
      this.#writer.write(due, (room) => this.#get(room));
      this.journal?.append(due);
    });
    for (const commit of due) {
      const room = this.#open.get(commit.room);
      if (!room) continue;
      room.reserved = reservedFor(room, commit.head);
      if (isRemoval(commit)) this.#open.delete(commit.room);
    }
  }

  release(name: string, head: number): void {
    const room = this.#open.get(name);
    this.#open.delete(name);
    // Frees the reserved seqs that the room has not used. A removed room is not in `#open`.
    if (room && room.reserved !== head) this.#writer.writeHead(room, head);
  }

  close(): void {
    closeFile(this.#sql);
  }

  #get(name: string): OpenRoom {
    const room = this.#open.get(name);
    if (!room) throw new Error("the room is not open");
    return room;
  }
}

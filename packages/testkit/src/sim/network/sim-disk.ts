import { type Commit, type Payload, RoomState, type RoomStore, Session } from "driftdb-server/internal";
import { SimJournal } from "./sim-journal.js";

/** Thrown where the server's machine crashes: effects since the last step are not visible outside. */
export class Crash extends Error {}

/** Thrown by a commit that the disk refuses: the machine lives on. */
export class DiskFull extends Error {}

/** The named points of a commit's path: a power loss while it syncs has it lost or kept, by chance. */
export type StorePoint = "before commit" | "while syncing" | "after commit";

interface Row {
  readonly key: string;
  readonly seq: number;
  readonly value: Payload;
  readonly snapshot: boolean;
}

export interface DiskRoom {
  epoch: string;
  head: number;
  number: number;
  /** How many times the room was loaded. Each opening is another life. */
  loads: number;
  rows: Row[];
  sessions: Map<string, { acked: number; seqs: readonly number[] }>;
}

/** More seqs than a life has in a run. */
const BEYOND = 1_000_000;

/** Rows that are read at once. */
const STEP = 3;

/** How many seqs are reserved at a time, as in the SQLite store. */
const RESERVE = 16;

/**
 * A disk, which outlives the server. It has the same rows as the SQLite store, so that the store's rules are
 * simulated too.
 */
export class Disk {
  readonly rooms = new Map<string, DiskRoom>();
  journal = new SimJournal("journal 1");
  #backup: { readonly rooms: Map<string, DiskRoom>; readonly journal: SimJournal } | undefined;

  /** Copies all that is on it. */
  backUp(): void {
    const rooms = new Map([...this.rooms].map(([id, room]) => [id, copy(room)]));
    this.#backup = { rooms, journal: this.journal.copy() };
  }

  /**
   * The disk is lost, and the copy takes its place: the operator says so by another epoch (S1), and by seqs
   * that the life before cannot have had. Else a compaction that was made in that one could be taken for one
   * of this. For the same reason, the journal goes on under another id: positions after the copy would be
   * used a second time.
   */
  restore(epoch: string): void {
    if (!this.#backup) return;
    const { rooms, journal } = this.#backup;
    for (const [id, room] of rooms) {
      const head = room.head + BEYOND;
      this.rooms.set(id, { ...copy(room), epoch, head });
    }
    this.journal = journal.copy(`journal of ${epoch}`);
  }
  /** Called with each commit that is on the disk, in order. */
  committed: (commit: Commit<Payload>, room: DiskRoom) => void = () => {};
}

/** A store on a simulated disk. It crashes where it is told to: before a commit is on the disk, or after. */
export class SimDiskStore implements RoomStore {
  constructor(
    readonly disk: Disk,
    /** Called at each named point; throws a Crash where the machine is to crash. */
    readonly at: (point: StorePoint) => void,
  ) {}

  exists(room: string): boolean {
    return this.disk.rooms.has(room);
  }

  *load(id: string): Generator<void, RoomState<Payload> | null> {
    const disk = this.disk.rooms.get(id);
    if (!disk) return null;
    disk.loads++;
    const room = new RoomState<Payload>(disk.epoch, disk.head, disk.number);
    const rows = [...disk.rows].sort((a, b) => a.seq - b.seq);
    for (const [i, { key, ...entry }] of rows.entries()) {
      room.restore(key, entry);
      if (i % STEP === STEP - 1) yield;
    }
    for (const [cid, { acked, seqs }] of disk.sessions) room.restoreSession(cid, new Session(acked, seqs));
    return room;
  }

  commit(commits: readonly Commit<Payload>[]): void {
    this.at("before commit");
    // Nothing of the transaction is on the disk before it is synced, so that a power loss then takes all of
    // it.
    this.at("while syncing");
    for (const commit of commits) write(this.#room(commit), commit);
    this.disk.journal.append(commits);
    for (const commit of commits) {
      this.disk.committed(commit, this.disk.rooms.get(commit.room) as DiskRoom);
    }
    this.at("after commit");
  }

  release(id: string, head: number): void {
    const disk = this.disk.rooms.get(id);
    if (disk) disk.head = head;
  }

  close(): void {}

  /** The room of a commit, which may make it. */
  #room({ room, epoch, head, events }: Commit<Payload>): DiskRoom {
    if (events[0]?.type === "created") {
      this.disk.rooms.set(room, { epoch, head, number: 0, loads: 0, rows: [], sessions: new Map() });
    }
    return this.disk.rooms.get(room) as DiskRoom;
  }
}

/** Drops and puts rows, as the SQLite store does. */
function write(disk: DiskRoom, { head, number, streams, sessions }: Commit<Payload>): void {
  for (const { key, dropped, put } of streams) {
    if (dropped.length > 0) {
      const gone = new Set(dropped);
      disk.rows = disk.rows.filter((row) => row.key !== key || !gone.has(row.seq));
    }
    for (const entry of put) disk.rows.push({ key, ...entry });
  }
  for (const [cid, session] of sessions) {
    disk.sessions.delete(cid);
    if (session) disk.sessions.set(cid, { acked: session.acked, seqs: [...session.seqs] });
  }
  if (number !== undefined) disk.number = number;
  if (head > disk.head) disk.head = head + RESERVE;
}

function copy(room: DiskRoom): DiskRoom {
  return { ...room, rows: [...room.rows], sessions: new Map(room.sessions) };
}

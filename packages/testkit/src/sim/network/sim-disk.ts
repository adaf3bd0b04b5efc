import type { RoomLimits } from "../../../../driftdb-server/src/core/limits.js";
import { Room, type Write } from "../../../../driftdb-server/src/core/room.js";
import { Session } from "../../../../driftdb-server/src/core/session.js";
import type { RoomChange, RoomStore } from "../../../../driftdb-server/src/engine/local/room-store.js";
import type { Payload } from "../../../../driftdb-server/src/engine/payload.js";

/** Thrown where the server's machine crashes: nothing of what it did since the last step is seen outside. */
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
  rows: Row[];
  sessions: Map<string, { acked: number; seqs: readonly number[] }>;
}

/** More seqs than a life has in a run. */
const BEYOND = 1_000_000;

/** How many seqs are reserved at a time, as in the SQLite store. */
const RESERVE = 16;

/** A disk: what is on it outlives the server. Rows as the SQLite store has them, so that its rules are simulated too. */
export class Disk {
  readonly rooms = new Map<string, DiskRoom>();
  #backup: Map<string, DiskRoom> | undefined;

  /** Copies all that is on it. */
  backUp(): void {
    this.#backup = new Map([...this.rooms].map(([id, room]) => [id, copy(room)]));
  }

  /**
   * The disk is lost, and the copy takes its place: the operator says so by another epoch (S1), and by seqs that the
   * life before cannot have had. Else a compaction that was made in that one could be taken for one of this.
   */
  restore(epoch: string): void {
    for (const [id, room] of this.#backup ?? []) {
      const head = room.head + BEYOND;
      this.rooms.set(id, { ...copy(room), epoch, head });
    }
  }
  /** Told of what a commit has put on the disk, in order. */
  committed: (writes: readonly Write<Payload>[], room: DiskRoom) => void = () => {};
}

/** A store on a simulated disk. It crashes where it is told to: before a commit is on the disk, or after. */
export class SimDiskStore implements RoomStore {
  constructor(
    readonly disk: Disk,
    readonly limits: RoomLimits,
    /** Called at each named point; throws a Crash where the machine is to crash. */
    readonly at: (point: StorePoint) => void,
  ) {}

  create(room: string): void {
    this.disk.rooms.set(room, { epoch: `epoch of ${room}`, head: 0, rows: [], sessions: new Map() });
  }

  exists(room: string): boolean {
    return this.disk.rooms.has(room);
  }

  load(id: string): Room<Payload> | null {
    const disk = this.disk.rooms.get(id);
    if (!disk) return null;
    const room = new Room<Payload>(this.limits, disk.epoch, disk.head);
    for (const { key, ...entry } of [...disk.rows].sort((a, b) => a.seq - b.seq)) room.restore(key, entry);
    for (const [cid, { acked, seqs }] of disk.sessions) room.restoreSession(cid, new Session(acked, seqs));
    return room;
  }

  commit(changes: readonly RoomChange[]): void {
    this.at("before commit");
    // Nothing of the transaction is on the disk before it is synced, so that a power loss then takes all of it.
    this.at("while syncing");
    for (const { room, head, writes, sessions } of changes) {
      const disk = this.disk.rooms.get(room) as DiskRoom;
      for (const { type, key, entry } of writes) {
        const upTo = type === "append" ? 0 : type === "replace" ? Number.POSITIVE_INFINITY : entry.seq;
        disk.rows = disk.rows.filter((row) => row.key !== key || row.seq > upTo);
        disk.rows.push({ key, ...entry });
      }
      for (const [cid, session] of sessions) {
        disk.sessions.delete(cid);
        if (session) disk.sessions.set(cid, { acked: session.acked, seqs: [...session.seqs] });
      }
      if (head > disk.head) disk.head = head + RESERVE;
    }
    for (const { room, writes } of changes)
      this.disk.committed(writes, this.disk.rooms.get(room) as DiskRoom);
    this.at("after commit");
  }

  release(id: string, head: number): void {
    const disk = this.disk.rooms.get(id);
    if (disk) disk.head = head;
  }

  close(): void {}
}

function copy(room: DiskRoom): DiskRoom {
  return { ...room, rows: [...room.rows], sessions: new Map(room.sessions) };
}

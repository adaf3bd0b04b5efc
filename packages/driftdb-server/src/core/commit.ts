import type { Key } from "driftdb-protocol";
import type { RoomEvent } from "./output.js";
import type { SessionRecord } from "./session.js";
import type { Entry } from "./stream.js";

/** The changed rows of one key. A store drops rows before it puts others. */
export interface StreamChange<V> {
  readonly key: Key;
  /** Seqs of the rows to drop, rising. They are all stored rows of the key up to the last one. */
  readonly dropped: readonly number[];
  /** Rows to put, rising in seq. A snapshot may have the seq of a dropped row. */
  readonly put: readonly Entry<V>[];
}

/**
 * The changes of one turn in one room. A store knows no actions: it drops and puts rows, and stores sessions,
 * head and number with them. A journal reads the same record.
 */
export interface Commit<V> {
  /** The room's id. */
  readonly room: string;
  /** Names the room's data (S1). */
  readonly epoch: string;
  /** Names the opening of the room in which the commit was made. */
  readonly life: string;
  /** The newest seq (M1). */
  readonly head: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly time: number;
  /**
   * Rises by one with every commit of the room that stores something. `undefined` for a commit that stores at
   * most the head.
   */
  readonly number: number | undefined;
  /** The events of the turn, in order. */
  readonly events: readonly RoomEvent<V>[];
  /** The net change of the stored rows, each key once. */
  readonly streams: readonly StreamChange<V>[];
  /**
   * The changed sessions by cid, from the least to the most recently used. `null` for a session that the room
   * forgets (S3).
   */
  readonly sessions: ReadonlyMap<string, SessionRecord | null>;
}

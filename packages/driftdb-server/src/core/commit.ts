import type { Key } from "driftdb-protocol";
import type { RoomEvent } from "./output.js";
import type { SessionRecord } from "./session.js";
import type { Entry } from "./stream.js";

/** What a commit changes in the stored rows of one key: the drops come before the puts. */
export interface StreamChange<V> {
  readonly key: Key;
  /** The seqs of the rows that go, rising: all of the key's stored rows up to the last of them. */
  readonly dropped: readonly number[];
  /** The rows that come, rising in seq. A snapshot may have the seq of a row that goes. */
  readonly put: readonly Entry<V>[];
}

/**
 * What one batch of requests changed in one room. A store knows no actions: it drops rows, puts rows, and keeps
 * sessions, head and number beside them. Journals, backups and other machines read the same record.
 */
export interface Commit<V> {
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
   * Rises by one with every commit of the room that stores something. `undefined` where nothing is to be stored
   * but, at most, the head.
   */
  readonly number: number | undefined;
  /** What happened, in order. */
  readonly events: readonly RoomEvent<V>[];
  /** The net change of the stored rows, each key once. */
  readonly streams: readonly StreamChange<V>[];
  /** By cid, from the one that was used longest ago to the newest; `null` for one that is forgotten (S3). */
  readonly sessions: ReadonlyMap<string, SessionRecord | null>;
}

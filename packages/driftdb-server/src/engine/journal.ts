import type { Key } from "driftdb-protocol";
import type { Commit } from "../core/commit.js";
import type { RoomEvent } from "../core/output.js";
import type { Payload } from "./payload.js";

// A journal has one entry for each stored change, in order, from the same transaction: retained messages,
// compactions, and rooms that were made or removed. It has no relays, holds, or secrets of sessions.

/**
 * The change: an action that retains (M3), or a change of the whole room. `erased` removes data from a
 * journal.
 */
export type JournalAction = "created" | "append" | "replace" | "compact" | "removed" | "erased";

/**
 * One stored change. `room`, `life`, `number` and `part` identify it in every copy of a journal: a reader
 * skips an entry that it has. An `erased` entry is no part of a commit. Its `position` identifies it, and a
 * reader obeys it each time.
 */
export interface JournalEntry {
  /** Rises from entry to entry, with gaps. A journal uses no position twice. */
  readonly position: number;
  /** The room's id. */
  readonly room: string;
  /** Names the opening of the room in which the change was made. Empty for `erased`. */
  readonly life: string;
  /** The number of the room's commit. 0 for `erased`. */
  readonly number: number;
  /** The entry's index in its commit: 0, 1, 2 … */
  readonly part: number;
  readonly action: JournalAction;
  /** `null` for a change of the whole room. */
  readonly key: Key | null;
  /** The message's seq. For a compaction, the newest seq that the snapshot replaces. */
  readonly seq: number | null;
  readonly value: Payload | null;
  /** The public name of the sender's session. `null` for a sender without a session. */
  readonly from: string | null;
  /** Milliseconds since 1970, by the server's clock. */
  readonly time: number;
}

/** How far a reader is. It has all entries of the journal up to the position. */
export interface JournalCursor {
  /** The journal's id. */
  readonly journal: string;
  readonly position: number;
}

/**
 * - `other_journal`: the cursor belongs to another journal. This one lacks changes after the cursor.
 * - `trimmed`: entries after the cursor were removed.
 * - `ahead`: the cursor is beyond the newest entry, since the file was restored from a copy.
 *   Once the copy's journal has reached the cursor, the reader no longer notices.
 * - `damaged`: an entry's checksum does not match its content.
 */
export type JournalErrorCode = "other_journal" | "trimmed" | "ahead" | "damaged";

/** A reader cannot go on after its cursor. */
export class JournalError extends Error {
  constructor(
    readonly code: JournalErrorCode,
    message: string,
    /** The position of a damaged entry. A reader can skip the entry by starting after it. */
    readonly position?: number,
  ) {
    super(message);
    this.name = "JournalError";
  }
}

/** A commit's journal entries, without their positions. */
export function entriesOf(commit: Commit<Payload>): Omit<JournalEntry, "position">[] {
  const { room, life, number, time, events } = commit;
  if (number === undefined) return [];
  const entries: Omit<JournalEntry, "position">[] = [];
  for (const event of events) {
    const change = changeOf(event);
    if (change) entries.push({ room, life, number, part: entries.length, ...change, time });
  }
  return entries;
}

type Change = Pick<JournalEntry, "action" | "key" | "seq" | "value" | "from">;

/** The stored change of an event. `undefined` for an event that stores nothing. */
function changeOf(event: RoomEvent<Payload>): Change | undefined {
  switch (event.type) {
    case "created":
    case "removed":
      return { action: event.type, key: null, seq: null, value: null, from: null };
    case "message": {
      const { action, key, seq, value, from } = event;
      return action === "relay" ? undefined : { action, key, seq, value, from };
    }
    case "compacted": {
      const { key, seq, value, from } = event;
      return { action: "compact", key, seq, value, from };
    }
    default:
      return undefined;
  }
}

import type { Key } from "driftdb-protocol";
import type { Commit } from "../core/commit.js";
import type { RoomEvent } from "../core/output.js";
import type { Payload } from "./payload.js";

// A journal has one entry for each change that was stored, in the order in which they were, from the same transaction.
// It has what rooms retained, and that rooms were made and removed: never a relay, a hold, or the secret of a session.

/** What an entry says: the actions that retain (M3), and what became of the room or of the journal itself. */
export type JournalAction = "created" | "append" | "replace" | "compact" | "removed" | "erased";

/**
 * One change that was stored. It is known by room, life, number and part, wherever it is found: a reader that meets one
 * of the same four again has it already. `erased` alone is no part of a commit, and is known by its position: it is to be
 * obeyed whenever it is met.
 */
export interface JournalEntry {
  /** Rises from entry to entry, with gaps. No position is used twice. */
  readonly position: number;
  /** The room's id. */
  readonly room: string;
  /** Names the opening of the room in which the change was made; empty for `erased`. */
  readonly life: string;
  /** The number of the room's commit; 0 for `erased`. */
  readonly number: number;
  /** The entry's place in its commit: 0, 1, 2 … */
  readonly part: number;
  readonly action: JournalAction;
  /** `null` where the entry speaks of the whole room. */
  readonly key: Key | null;
  /** The message's seq; of a compaction, the newest that the snapshot stands for. */
  readonly seq: number | null;
  readonly value: Payload | null;
  /** The public name of the session that sent it; `null` where it had none. */
  readonly from: string | null;
  /** Milliseconds since 1970, by the server's clock. */
  readonly time: number;
}

/** How far a reader is: it has all entries of that journal up to the position. */
export interface JournalCursor {
  /** The journal's id. */
  readonly journal: string;
  readonly position: number;
}

/**
 * - `other_journal`: the cursor is of another journal. This one does not have all that has happened since.
 * - `trimmed`: entries after the cursor are gone.
 * - `ahead`: the cursor is beyond the newest entry. The file was put back from a copy. Once
 *   the copy's journal has grown up to the cursor, the reader is not told.
 * - `damaged`: an entry's checksum is not that of its content.
 */
export type JournalErrorCode = "other_journal" | "trimmed" | "ahead" | "damaged";

/** Why a reader cannot go on from where it is. */
export class JournalError extends Error {
  constructor(
    readonly code: JournalErrorCode,
    message: string,
    /** Of a damaged entry: its position. A reader that begins after it leaves it out. */
    readonly position?: number,
  ) {
    super(message);
    this.name = "JournalError";
  }
}

/** The entries of a commit, without their positions. */
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

/** What an event has stored; `undefined` if nothing. */
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

import { crc32 } from "node:zlib";
import type { JournalAction, JournalEntry } from "../../journal.js";
import { Payload } from "../../payload.js";

/** An entry's values, to write. */
export type NewRow = readonly [
  room: string,
  life: string,
  number: number,
  part: number,
  action: JournalAction,
  key: Uint8Array | null,
  seq: number | null,
  value: string | Uint8Array | null,
  sender: string | null,
  time: number,
  checksum: number,
];

export const COLUMNS = "room, life, number, part, action, key, seq, value, sender, time, checksum";

/**
 * An entry's values, as read. Text is read as bytes: damaged text may not be UTF-8, and reading it as text
 * would end the process.
 */
export interface StoredRow {
  readonly position: number;
  readonly room: ArrayBuffer;
  readonly life: ArrayBuffer;
  readonly number: number;
  readonly part: number;
  readonly action: ArrayBuffer;
  readonly key: ArrayBuffer | null;
  readonly seq: number | null;
  readonly value: ArrayBuffer | null;
  readonly kind: "null" | "text" | "blob";
  readonly sender: ArrayBuffer | null;
  readonly time: number;
  readonly checksum: number;
}

export const STORED_COLUMNS = `
  position, CAST(room AS BLOB) AS room, CAST(life AS BLOB) AS life, number, part, CAST(action AS BLOB) AS action, key,
  seq, CAST(value AS BLOB) AS value, typeof(value) AS kind, CAST(sender AS BLOB) AS sender, time, checksum
`;

/** Makes a row of an entry. */
export function rowOf(entry: Omit<JournalEntry, "position">): NewRow {
  const { room, life, number, part, action, key, seq, value, from, time } = entry;
  const stored = value?.stored ?? null;
  const bytes = key === null ? null : Buffer.from(key);
  return [room, life, number, part, action, bytes, seq, stored, from, time, checksumOf(entry)];
}

/** Makes an entry of a row. `undefined` if the row is damaged. */
export function entryOf(row: StoredRow): JournalEntry | undefined {
  const { position, number, part, seq, time } = row;
  const entry: JournalEntry = {
    position,
    room: textOf(row.room),
    life: textOf(row.life),
    number,
    part,
    action: textOf(row.action) as JournalAction,
    key: row.key && textOf(row.key),
    seq,
    value: payloadOf(row),
    from: row.sender && textOf(row.sender),
    time,
  };
  return checksumOf(entry) === row.checksum ? entry : undefined;
}

const textOf = (bytes: ArrayBuffer) => Buffer.from(bytes).toString();

function payloadOf({ kind, value }: StoredRow): Payload | null {
  if (value === null) return null;
  return Payload.from(kind === "text" ? textOf(value) : new Uint8Array(value));
}

/** CRC-32 of an entry, without its position, which is the row's key. */
function checksumOf(entry: Omit<JournalEntry, "position">): number {
  const { room, life, number, part, action, key, seq, value, from, time } = entry;
  const stored = value?.stored;
  const fields = [room, life, number, part, action, key, seq, typeof stored, from, time];
  return crc32(stored ?? "", crc32(JSON.stringify(fields)));
}

import { newEpoch } from "../../ids.js";
import type { Sql } from "./sql-driver.js";

/** The most that one statement copies. A single row may be larger. */
const BATCH = { rows: 10_000, bytes: 16 << 20 };

/**
 * Copies all rooms of a file of version 1 or 2. Version 1 had no epochs and no sessions, and version 2 no
 * numbers of commits.
 *
 * @param to an empty file of this server's version.
 * @param onProgress called after each batch.
 * @returns whether the file was empty.
 */
export function copyTables(
  sql: Sql,
  version: number,
  to: string,
  onProgress: (fraction: number) => void,
): boolean {
  sql.exec(`
    ATTACH '${to.replaceAll("'", "''")}' AS next;
    -- No server opens the new file before it is complete, so it needs no journal, and one flush at the end.
    PRAGMA next.journal_mode = OFF;
    PRAGMA next.synchronous = OFF;
    PRAGMA next.cache_size = -65536;
  `);
  try {
    const tables = ["rooms", "messages", ...(version > 1 ? ["sessions"] : [])];
    const progress = { done: 0, all: rowsIn(sql, "main", tables), onProgress };
    copyRooms(sql, version, progress);
    if (version > 1) copySessions(sql, progress);
    copyMessages(sql, progress);
    const copied = rowsIn(sql, "next", tables);
    if (copied !== progress.all) throw new Error(`${copied} of ${progress.all} rows could be copied`);
    return progress.all === 0;
  } finally {
    sql.exec("DETACH next");
  }
}

interface Progress {
  done: number;
  readonly all: number;
  readonly onProgress: (fraction: number) => void;
}

function advance(progress: Progress, rows: number): void {
  progress.done += rows;
  progress.onProgress(Math.min(1, progress.done / progress.all));
}

function rowsIn(sql: Sql, schema: string, tables: readonly string[]): number {
  return tables
    .map(
      (table) => sql.prepare<{ n: number }>(`SELECT count(*) AS n FROM ${schema}.${table}`).get([])?.n ?? 0,
    )
    .reduce((a, b) => a + b);
}

function copyRooms(sql: Sql, version: number, progress: Progress): void {
  const epoch = version > 1 ? "epoch" : "NULL";
  const rooms = sql.prepare<{ id: number; name: string; epoch: string | null; head: number }>(
    `SELECT id, name, ${epoch} AS epoch, head FROM main.rooms WHERE id > ? ORDER BY id LIMIT ?`,
  );
  const insert = sql.prepare("INSERT INTO next.rooms (id, name, epoch, head, number) VALUES (?, ?, ?, ?, 1)");
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = rooms.all([after, BATCH.rows]);
    const last = rows.at(-1);
    if (!last) return;
    sql.transaction(() => {
      for (const { id, name, epoch, head } of rows) insert.run([id, name, epoch ?? newEpoch(), head]);
    });
    after = last.id;
    advance(progress, rows.length);
  }
}

function copySessions(sql: Sql, progress: Progress): void {
  const batch = "FROM main.sessions WHERE (room, cid) > (?, ?) ORDER BY room, cid LIMIT ?";
  const last = sql.prepare<{ room: number; cid: string; n: number }>(`
    SELECT room, cid, n FROM (SELECT room, cid, row_number() OVER (ORDER BY room, cid) AS n ${batch})
    ORDER BY n DESC LIMIT 1
  `);
  const copy = sql.prepare(`
    INSERT INTO next.sessions (room, cid, acked, seqs, used)
    SELECT room, cid, acked, seqs, used ${batch}
  `);
  for (let after: [room: number, cid: string] = [Number.MIN_SAFE_INTEGER, ""]; ; ) {
    const row = last.get([...after, BATCH.rows]);
    if (!row) return;
    copy.run([...after, BATCH.rows]);
    after = [row.room, row.cid];
    advance(progress, row.n);
  }
}

function copyMessages(sql: Sql, progress: Progress): void {
  const batch = sql.prepare<{ last: number | null; n: number }>(`
    SELECT max(id) AS last, count(*) AS n FROM (
      SELECT rowid AS id, sum(octet_length(value)) OVER (ORDER BY rowid) AS bytes
      FROM main.messages WHERE rowid > ? ORDER BY rowid LIMIT ?
    ) WHERE bytes <= ?
  `);
  const next = sql.prepare<{ last: number | null; n: number }>(
    "SELECT min(rowid) AS last, 1 AS n FROM main.messages WHERE rowid > ?",
  );
  const copy = sql.prepare(`
    INSERT INTO next.messages (room, key, seq, snapshot, value)
    SELECT room, key, seq, snapshot, value FROM main.messages
    WHERE rowid > ? AND rowid <= ? ORDER BY rowid
  `);
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const fitting = batch.get([after, BATCH.rows, BATCH.bytes]);
    // A row larger than a batch is copied alone.
    const rows = fitting && fitting.last !== null ? fitting : next.get([after]);
    if (!rows || rows.last === null) return;
    copy.run([after, rows.last]);
    after = rows.last;
    advance(progress, rows.n);
  }
}

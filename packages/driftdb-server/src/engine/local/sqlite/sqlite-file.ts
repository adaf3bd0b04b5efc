import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { versionOf } from "./file-version.js";
import { migrateFile, type OnProgress } from "./migrate-file.js";
import { openSql, type Sql } from "./sql-driver.js";
import { createTables, VERSION } from "./sqlite-schema.js";

/**
 * Opens a file of rooms for this process alone, and migrates an older file to this version.
 *
 * @param file a missing file is made, with its directory.
 * @param onProgress called with the progress of a migration.
 * @throws {Error} when another server has the file, or the file is too new. The file is then unchanged.
 */
export function openFile(file: string, onProgress: OnProgress): Sql {
  makeDirectory(dirname(file));
  try {
    // A symbolic link stays a link: the WAL and the migration use the directory of the real file.
    const real = existsSync(file) ? realpathSync(file) : file;
    const version = versionOf(real);
    if (version > 0 && version < VERSION) migrate(real, version, onProgress);
    return openTables(real);
  } catch (error) {
    throw unusable(file, error as Error);
  }
}

/** Unlocks and closes the file. */
export function closeFile(sql: Sql): void {
  // SQLite unlocks the file only when its prepared statements are garbage-collected, so unlock it first.
  sql.exec("PRAGMA journal_mode = DELETE");
  unlock(sql);
  sql.close();
}

function migrate(file: string, version: number, onProgress: OnProgress): void {
  const sql = lock(file);
  try {
    migrateFile(file, version, sql, onProgress);
  } finally {
    unlock(sql);
    sql.close();
  }
}

/**
 * Opens a file of this version, or of a newer one that this server may write. Makes tables in an empty file.
 */
function openTables(file: string): Sql {
  const sql = lock(file);
  try {
    const version = sql.prepare<{ user_version: number }>("PRAGMA user_version").get([])?.user_version ?? 0;
    if (version === 0) createTables(sql);
    else if (version < VERSION) throw new Error("it has changed while it was opened: start again");
    sql.exec("PRAGMA journal_mode = WAL");
    // A commit is on disk when it returns, so acknowledged messages survive a power loss (M5).
    sql.exec("PRAGMA synchronous = FULL");
    return sql;
  } catch (error) {
    unlock(sql);
    sql.close();
    throw error;
  }
}

/** Opens a file, and locks it against other processes. */
function lock(file: string): Sql {
  const before = statSync(file, { throwIfNoEntry: false })?.ino;
  const sql = openSql(file);
  try {
    // Two servers with the same file would use the same seqs.
    sql.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    // Another server may have replaced the file in a migration just now.
    if (before !== undefined && statSync(file).ino !== before) throw new Error("locked");
    return sql;
  } catch (error) {
    sql.close();
    throw error;
  }
}

function unlock(sql: Sql): void {
  sql.exec("PRAGMA locking_mode = NORMAL");
  sql.prepare("SELECT count(*) FROM sqlite_schema").get([]);
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new Error(`the data directory ${directory} cannot be made: ${(error as Error).message}`);
  }
}

function unusable(file: string, { message }: Error): Error {
  return /locked|busy/i.test(message)
    ? new Error(`${file} is in use by another server: stop it, or use another data directory`)
    : new Error(`${file} cannot be used: ${message}`);
}

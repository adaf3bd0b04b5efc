import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { versionOf } from "./file-version.js";
import { migrateFile, type OnProgress } from "./migrate-file.js";
import { openSql, type Sql } from "./sql-driver.js";
import { createTables, VERSION } from "./sqlite-schema.js";

/**
 * Opens a file of rooms for this process alone, with the tables of this version in it.
 *
 * @param file made if it is not there, and its directory too.
 * @param onProgress told how far the migration of an older file is.
 * @throws {Error} when another server has it, or it was made by a newer version. It is left as it was.
 */
export function openFile(file: string, onProgress: OnProgress): Sql {
  makeDirectory(dirname(file));
  try {
    // A link to a file elsewhere stays one, and the WAL is beside the file.
    const real = existsSync(file) ? realpathSync(file) : file;
    const version = versionOf(real);
    if (version > 0 && version < VERSION) migrate(real, version, onProgress);
    return openTables(real);
  } catch (error) {
    throw unusable(file, error as Error);
  }
}

/** Unlocks the file, and closes it. */
export function closeFile(sql: Sql): void {
  // SQLite closes the file, and unlocks it, once the prepared statements are collected: unlock it now.
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

/** Opens a file of this version, or a newer one that this server may write; or makes its tables. */
function openTables(file: string): Sql {
  const sql = lock(file);
  try {
    const version = sql.prepare<{ user_version: number }>("PRAGMA user_version").get([])?.user_version ?? 0;
    if (version === 0) createTables(sql);
    else if (version < VERSION) throw new Error("it has changed while it was opened: start again");
    sql.exec("PRAGMA journal_mode = WAL");
    // A commit is on the disk when it returns: acknowledged means safe from power loss too (M5).
    sql.exec("PRAGMA synchronous = FULL");
    return sql;
  } catch (error) {
    unlock(sql);
    sql.close();
    throw error;
  }
}

/** Opens a file that no other process has. */
function lock(file: string): Sql {
  const before = statSync(file, { throwIfNoEntry: false })?.ino;
  const sql = openSql(file);
  try {
    // One server has the file to itself: two would give out the same seqs.
    sql.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    // Another server may have migrated it just now.
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

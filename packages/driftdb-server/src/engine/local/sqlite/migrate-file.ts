import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { copyTables } from "./copy-tables.js";
import { openSql, type Sql } from "./sql-driver.js";
import { createTables, VERSION } from "./sqlite-schema.js";

/** How far the migration of a file to this server's version is. */
export interface MigrationProgress {
  /** A sentence for the operator. The last one names the copy of the file as it was. */
  readonly message: string;
  /** From 0 to 1. */
  readonly fraction: number;
}

export type OnProgress = (progress: MigrationProgress) => void;

/**
 * Migrates a file of version 1 or 2: its rooms are copied into a new file, which takes its place, and the file as it was
 * is kept beside it. A crash at any moment leaves one of the two in place, complete; the next start finishes.
 *
 * @param sql the locked file. The caller closes it afterwards, and opens the new file.
 * @throws {Error} when the disk is full, say. The file is in its place then, and its rooms are as they were.
 */
export function migrateFile(file: string, version: number, sql: Sql, onProgress: OnProgress): void {
  const next = `${file}.migrating`;
  try {
    // What the WAL has comes into the main file.
    sql.exec("PRAGMA journal_mode = DELETE");
    checkSpace(file);
    makeFile(next);
    const isEmpty = copyTables(sql, version, next, (fraction) =>
      onProgress({ message: `migrating ${file} from version ${version} to ${VERSION}`, fraction }),
    );
    flush(next);
    const kept = isEmpty ? undefined : keep(file, version, sql);
    renameSync(next, file);
    flush(dirname(file));
    if (kept) {
      const message = `migrated ${file} to version ${VERSION}: the file as it was is ${kept}`;
      onProgress({ message, fraction: 1 });
    }
  } catch (error) {
    rmSync(next, { force: true });
    throw explained(file, error as Error);
  }
}

/** Makes an empty file of this version. It replaces the leftover of an interrupted migration. */
function makeFile(file: string): void {
  rmSync(file, { force: true });
  const sql = openSql(file);
  try {
    createTables(sql);
  } finally {
    sql.close();
  }
}

/** The copy is about as large as the file. */
function checkSpace(file: string): void {
  const { size } = statSync(file);
  const { blocks, bavail, bsize } = statfsSync(dirname(file));
  // Some file systems do not say.
  if (blocks > 0 && bavail * bsize < size) throw new Error(`no space: ${megabytes(bavail * bsize)} are free`);
}

function explained(file: string, error: Error): Error {
  if (!/no space|ENOSPC|disk is full/i.test(error.message)) return error;
  const { size } = statSync(file);
  return new Error(
    `its migration to version ${VERSION} needs ${megabytes(size)} beside it (${error.message}): ` +
      "free some space and start again. Its rooms are as they were",
  );
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * Gives the file a second name, as `driftdb.v2.sqlite`.
 *
 * @returns the name.
 */
function keep(file: string, version: number, sql: Sql): string {
  const extension = extname(file);
  const stem = join(dirname(file), basename(file, extension));
  for (let i = 1; ; i++) {
    const kept = `${stem}.v${version}${i > 1 ? `-${i}` : ""}${extension}`;
    const there = statSync(kept, { throwIfNoEntry: false });
    // An interrupted migration has kept it already. Any other file of that name stays.
    if (there && isSame(kept, file)) return kept;
    if (there) continue;
    try {
      linkSync(file, kept);
    } catch {
      // Not every file system has links.
      copyWhole(sql, kept);
    }
    return kept;
  }
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
  return one.ino === other.ino && one.dev === other.dev;
}

/**
 * Copies the file; the copy has its name once it is complete. SQLite reads it: a process that closes another descriptor
 * of a file loses its POSIX locks on it.
 */
function copyWhole(sql: Sql, to: string): void {
  const part = `${to}.part`;
  try {
    rmSync(part, { force: true });
    sql.exec(`VACUUM INTO '${part.replaceAll("'", "''")}'`);
    flush(part);
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** Waits until a file, or the names in a directory, are on the disk. */
function flush(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

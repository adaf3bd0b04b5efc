import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { copyTables } from "./copy-tables.js";
import { openSql, type Sql } from "./sql-driver.js";
import { createTables, VERSION } from "./sqlite-schema.js";

/** The progress of a migration to this server's version. */
export interface MigrationProgress {
  /** A sentence for the operator. The last one names the copy of the old file. */
  readonly message: string;
  /** From 0 to 1. */
  readonly fraction: number;
}

/** Called with the progress of a migration. */
export type OnProgress = (progress: MigrationProgress) => void;

/**
 * Migrates a file of version 1 or 2. It copies the rooms into a new file, which then replaces the old one,
 * and keeps the old one under another name. A crash leaves one of the two in place, complete, and the next
 * start finishes the migration.
 *
 * @param sql the locked file. The caller closes it afterwards, and opens the new file.
 * @throws {Error} when the disk is full, for example. The old file is then unchanged and in place.
 */
export function migrateFile(file: string, version: number, sql: Sql, onProgress: OnProgress): void {
  const next = `${file}.migrating`;
  try {
    // This writes the WAL into the main file.
    sql.exec("PRAGMA journal_mode = DELETE");
    checkSpace(file);
    makeFile(next);
    const isEmpty = copyTables(sql, version, next, (fraction) =>
      onProgress({ message: `migrating ${file} from version ${version} to ${VERSION}`, fraction }),
    );
    flush(next);
    const copy = isEmpty ? undefined : copyOldFile(file, version, sql);
    renameSync(next, file);
    flush(dirname(file));
    if (copy) {
      const message = `migrated ${file} to version ${VERSION}: the old file is now ${copy}`;
      onProgress({ message, fraction: 1 });
    }
  } catch (error) {
    rmSync(next, { force: true });
    throw explained(file, error as Error);
  }
}

/** Makes an empty file of this version, in place of one that an interrupted migration has left. */
function makeFile(file: string): void {
  rmSync(file, { force: true });
  const sql = openSql(file);
  try {
    createTables(sql);
  } finally {
    sql.close();
  }
}

/** Checks the free space: the new file is about as large as the old one. */
function checkSpace(file: string): void {
  const { size } = statSync(file);
  const { blocks, bavail, bsize } = statfsSync(dirname(file));
  // Some file systems report 0 blocks, and their free space is unknown.
  if (blocks > 0 && bavail * bsize < size) throw new Error(`no space: ${megabytes(bavail * bsize)} are free`);
}

function explained(file: string, error: Error): Error {
  if (!/no space|ENOSPC|disk is full/i.test(error.message)) return error;
  const { size } = statSync(file);
  return new Error(
    `its migration to version ${VERSION} needs ${megabytes(size)} more disk space (${error.message}): ` +
      "free some space and start again. The rooms are unchanged",
  );
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;

/**
 * Links or copies the old file to a name such as `driftdb.v2.sqlite`.
 *
 * @returns the name.
 */
function copyOldFile(file: string, version: number, sql: Sql): string {
  const extension = extname(file);
  const stem = join(dirname(file), basename(file, extension));
  for (let i = 1; ; i++) {
    const copy = `${stem}.v${version}${i > 1 ? `-${i}` : ""}${extension}`;
    const exists = statSync(copy, { throwIfNoEntry: false });
    // An interrupted migration may have made the link already. Any other file of that name stays.
    if (exists && isSame(copy, file)) return copy;
    if (exists) continue;
    try {
      linkSync(file, copy);
    } catch {
      // Some file systems have no links.
      copyWhole(sql, copy);
    }
    return copy;
  }
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [statSync(a, { bigint: true }), statSync(b, { bigint: true })];
  return one.ino === other.ino && one.dev === other.dev;
}

/**
 * Copies the file. The copy gets its name when it is complete. SQLite reads the file, since a process that
 * closes another descriptor of it would lose its POSIX locks.
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

/** Waits until a file, or the names in a directory, are on disk. */
function flush(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

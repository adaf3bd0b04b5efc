import { closeSync, copyFileSync, mkdtempSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { openSql } from "./sql-driver.js";
import { APPLICATION, VERSION } from "./sqlite-schema.js";

/** The largest page size of SQLite. */
const MAX_PAGE_BYTES = 65_536;

/** A part of the schema by which `versionOf` recognises versions 1 and 2. It is in the first page. */
const FORMER_SCHEMA =
  /CREATE TABLE messages \(\s*room INTEGER NOT NULL REFERENCES rooms \(id\),\s*key BLOB NOT NULL,/;

/**
 * Reads a file's version before SQLite opens the file, so that a refused file keeps every byte. SQLite would
 * write the WAL into it when it closes the file.
 *
 * Call this before locking the file: a process that closes any descriptor of a file loses its POSIX locks on
 * it.
 *
 * @returns the version of the file's tables. 0 if the file is missing or empty.
 * @throws {Error} when it is not a file of rooms, or is too new for this server.
 */
export function versionOf(file: string): number {
  if (sizeOf(file) === 0) return 0;
  const page = firstPage(file);
  const version = page.readInt32BE(60);
  const application = page.readInt32BE(68);
  if (version === 0 && application === 0 && isEmpty(page)) return 0;
  if (application === 0 && (version === 1 || version === 2) && FORMER_SCHEMA.test(page.toString("latin1"))) {
    return version;
  }
  if (application >> 16 !== APPLICATION) {
    throw new Error("it belongs to another application: use another data directory");
  }
  const oldestWriter = application & 0xffff;
  if (version > VERSION && oldestWriter > VERSION) {
    throw new Error(
      `its format has version ${version}, and this driftdb-server writes version ${VERSION}: ` +
        "use a newer driftdb-server, or another data directory",
    );
  }
  return version;
}

function firstPage(file: string): Buffer {
  const page = readStart(file);
  if (!isEmpty(page) || sizeOf(`${file}-wal`) === 0) return page;
  // The tables are still in the WAL, and both files are small. SQLite joins them in a copy.
  const directory = mkdtempSync(join(tmpdir(), "driftdb-look-"));
  try {
    const copy = join(directory, basename(file));
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    const sql = openSql(copy);
    sql.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    sql.close();
    return readStart(copy);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whether a database has no tables: the b-tree of its schema is one page without cells. */
function isEmpty(page: Buffer): boolean {
  return page[100] === 13 && page.readUInt16BE(103) === 0;
}

function readStart(file: string): Buffer {
  const bytes = Buffer.alloc(MAX_PAGE_BYTES);
  const fd = openSync(file, "r");
  try {
    const length = readSync(fd, bytes, 0, MAX_PAGE_BYTES, 0);
    if (length < 512 || bytes.toString("latin1", 0, 16) !== "SQLite format 3\0") {
      throw new Error("it is no SQLite database");
    }
    // SQLite writes 1 for 65,536.
    const size = bytes.readUInt16BE(16);
    return bytes.subarray(0, size === 1 ? MAX_PAGE_BYTES : Math.max(512, size));
  } finally {
    closeSync(fd);
  }
}

/** Bytes of a file. 0 if it does not exist. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

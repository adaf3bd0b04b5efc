import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import { checkVersion, upgrade } from "./sqlite-schema.js";

/**
 * Opens a file of rooms for this process alone, with the tables of this version in it.
 *
 * @param file made if it is not there, and its directory too.
 * @throws {Error} when another server has it, or it was made by a newer version.
 */
export function openFile(file: string): Database.Database {
  makeDirectory(dirname(file));
  const db = connect(file);
  try {
    // One server has the file to itself: two would give out the same seqs.
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    // Before the journal mode, which is kept in the file: one that is refused is left as it was.
    checkVersion(db);
    db.exec("PRAGMA journal_mode = WAL");
    // A commit is on the disk when it returns: acknowledged means safe from power loss too (M5).
    db.exec("PRAGMA synchronous = FULL");
    transaction(db, () => upgrade(db));
    return db;
  } catch (error) {
    db.close();
    if (/locked|busy/i.test((error as Error).message)) {
      throw new Error(`${file} is in use by another server: stop it, or use another data directory`);
    }
    throw unusable(file, error as Error);
  }
}

/** Closes the file, and lets go of its lock. */
export function closeFile(db: Database.Database): void {
  // `close` keeps the file locked until the prepared statements are collected: let go of it by hand.
  db.exec("PRAGMA journal_mode = DELETE");
  db.exec("PRAGMA locking_mode = NORMAL");
  db.prepare("SELECT head FROM rooms LIMIT 1").get();
  db.close();
}

/** Does all of `work` or, if it throws, nothing. */
export function transaction(db: Database.Database, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new Error(`the data directory ${directory} cannot be made: ${(error as Error).message}`);
  }
}

function connect(file: string): Database.Database {
  try {
    return new Database(file);
  } catch (error) {
    throw unusable(file, error as Error);
  }
}

function unusable(file: string, { message }: Error): Error {
  return new Error(`${file} cannot be used: ${message}`);
}

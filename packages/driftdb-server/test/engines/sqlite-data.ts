import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { onTestFinished } from "vitest";
import type { RoomState } from "../../src/core/room-state.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import type { Payload } from "../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { TestHost } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";

/** The path of the file in a data directory. */
export function fileIn(directory: string): string {
  return join(directory, "driftdb.sqlite");
}

/** Copies a data directory. The copy has what a killed server would leave now. */
export function copyOf(directory: string): string {
  const copy = temporaryDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

/** Reads rows, as arrays, from a copy of the directory, whose lock belongs to the server. */
export function look<T>(directory: string, sql: string): T[] {
  const db = new Database(fileIn(copyOf(directory)));
  const rows = db.prepare(sql).raw().all() as T[];
  db.close();
  return rows;
}

/** Changes the file of a directory that no server has open. */
export function change(directory: string, sql: string): void {
  const db = new Database(fileIn(directory));
  db.exec(sql);
  db.close();
}

/** Runs all steps, and returns the result. */
export function finish<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The messages of each key of a loaded room. */
export function streamsOf(state: RoomState<Payload> | null): unknown {
  if (!state) return null;
  const streams = Array.from(state.streams, ([key, stream]) => [
    key,
    stream.since(0).map(({ seq, snapshot, value }) => ({ seq, snapshot, value: value.value })),
  ]);
  return Object.fromEntries(streams);
}

/** Opens an engine on the directory, for the running test. */
export function engineOn(directory: string, onError: (error: Error) => void = () => {}): LocalEngine {
  const engine = new LocalEngine(new SqliteStore(directory), { limits: DEFAULT_LIMITS, onError });
  onTestFinished(() => engine.close());
  return engine;
}

/** Opens a room of the directory, for the running test. */
export function openRoom(directory: string, room = "room"): Promise<TestHost> {
  return TestHost.open(engineOn(directory), room);
}

/** Makes a directory with an empty room, named "room". */
export async function newDirectory(): Promise<string> {
  const directory = temporaryDirectory();
  const engine = new LocalEngine(new SqliteStore(directory), { limits: DEFAULT_LIMITS });
  await engine.create("room");
  await engine.close();
  return directory;
}

/** The digests of all files in a directory, by name. */
export function digestsOf(directory: string): Record<string, string> {
  const digest = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(directory, file)))
      .digest("hex");
  return Object.fromEntries(readdirSync(directory).map((file) => [file, digest(file)]));
}

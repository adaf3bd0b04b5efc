import {
  linkSync,
  lstatSync,
  readdirSync,
  renameSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import type { MigrationProgress } from "../../src/engine/local/sqlite/migrate-file.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { ChildProgram } from "../child-program.js";
import { temporaryDirectory } from "../test-server.js";
import { expectedIn, fixture } from "./fixtures.js";
import { change, digestsOf, fileIn, finish, look, streamsOf } from "./sqlite-data.js";

vi.mock("node:fs", async (importOriginal) => {
  const original = await importOriginal<typeof import("node:fs")>();
  const { linkSync, renameSync, statfsSync } = original;
  return {
    ...original,
    linkSync: vi.fn(linkSync),
    renameSync: vi.fn(renameSync),
    statfsSync: vi.fn(statfsSync),
  };
});

afterEach(() => {
  for (const mocked of [linkSync, renameSync, statfsSync]) vi.mocked(mocked).mockReset();
});

const program = await ChildProgram.bundle(
  fileURLToPath(new URL("children/migrating-server.ts", import.meta.url)),
);
afterAll(() => program.remove());

/** The streams of a fixture's rooms. */
function streamsIn(directory: string, names: readonly string[]): unknown[] {
  const store = new SqliteStore(directory);
  const streams = names.map((name) => streamsOf(finish(store.load(name))));
  store.close();
  return streams;
}

describe("a killed migration leaves the old or the new file, and the next start finishes it", () => {
  const names = Object.keys(expectedIn(2, "killed"));
  const content = (directory: string) => streamsIn(directory, names);

  test("after kill -9 at each of its points", async () => {
    const { output } = await program.run(fixture(2, "killed"), "");
    const points = output.trim().split("\n");
    expect(points).toContain("after linkSync 1");
    expect(points).toContain("before renameSync 1");
    expect(points.filter((point) => point.startsWith("progress")).length).toBeGreaterThan(2);
    const wanted = content(fixture(2, "killed"));
    const versions = new Set<unknown>();

    for (const point of points) {
      const directory = fixture(2, "killed");
      const killed = await program.run(directory, point);
      expect(killed, point).toMatchObject({ signal: "SIGKILL" });
      const [[version] = []] = look<[number]>(directory, "PRAGMA user_version");
      versions.add(version);
      expect(look(directory, "PRAGMA integrity_check"), point).toEqual([["ok"]]);
      const [[rooms] = []] = look<[number]>(directory, "SELECT count(*) FROM rooms");
      expect(rooms, point).toBe(names.length);

      expect(content(directory), point).toEqual(wanted);
      expect(readdirSync(directory).sort(), point).toEqual(["driftdb.sqlite", "driftdb.v2.sqlite"]);
      // The copy has the content of the old file.
      renameSync(join(directory, "driftdb.v2.sqlite"), fileIn(directory));
      expect(look(directory, "PRAGMA user_version"), point).toEqual([[2]]);
      expect(content(directory), point).toEqual(wanted);
    }
    expect(versions).toEqual(new Set([2, 3]));
  });
});

describe("a failed migration leaves the old file in place", () => {
  /** Expects the migration to fail, and the next start to finish it. */
  function expectFailure(why: RegExp): void {
    const directory = fixture(2, "stopped");
    const before = digestsOf(directory);
    expect(() => new SqliteStore(directory)).toThrow(why);
    expect(digestsOf(directory)).toEqual(before);
    for (const mocked of [linkSync, renameSync, statfsSync]) vi.mocked(mocked).mockReset();
    const names = Object.keys(expectedIn(2, "stopped"));
    expect(streamsIn(directory, names)).toEqual(streamsIn(fixture(2, "stopped"), names));
  }

  test("before it begins, when the disk has no space for a second file", () => {
    vi.mocked(statfsSync).mockReturnValue({ blocks: 100, bavail: 2, bsize: 4096 } as ReturnType<
      typeof statfsSync
    >);
    expectFailure(
      /its migration to version 3 needs 1 MB more disk space \(no space: 1 MB are free\): free some space and start again/,
    );
  });

  test("when the last rename fails", () => {
    vi.mocked(renameSync).mockImplementation(() => {
      throw new Error("EIO: i/o error, rename");
    });
    const directory = fixture(2, "stopped");
    expect(() => new SqliteStore(directory)).toThrow(/driftdb\.sqlite cannot be used: EIO/);
    expect(readdirSync(directory).sort()).toEqual(["driftdb.sqlite", "driftdb.v2.sqlite"]);
    expect(look(directory, "PRAGMA user_version")).toEqual([[2]]);
  });

  test("when the copy of the old file fails", () => {
    for (const call of [linkSync, renameSync]) {
      vi.mocked(call as () => void).mockImplementation(() => {
        throw new Error("ENOSPC: no space left on device");
      });
    }
    expectFailure(
      /its migration to version 3 needs 1 MB more disk space \(ENOSPC: no space left on device\)/,
    );
  });
});

test("copies the old file's content on a file system without links", () => {
  vi.mocked(linkSync).mockImplementation(() => {
    throw new Error("EPERM: operation not permitted, link");
  });
  const directory = fixture(2, "stopped");
  const names = Object.keys(expectedIn(2, "stopped"));
  const wanted = streamsIn(directory, names);
  expect(readdirSync(directory).sort()).toEqual(["driftdb.sqlite", "driftdb.v2.sqlite"]);
  renameSync(join(directory, "driftdb.v2.sqlite"), fileIn(directory));
  expect(look(directory, "PRAGMA user_version")).toEqual([[2]]);
  expect(streamsIn(directory, names)).toEqual(wanted);
});

test("replaces the leftover of an interrupted migration", () => {
  const directory = fixture(2, "stopped");
  writeFileSync(`${fileIn(directory)}.migrating`, "half of it");
  new SqliteStore(directory).close();
  expect(readdirSync(directory).sort()).toEqual(["driftdb.sqlite", "driftdb.v2.sqlite"]);
});

test("migrates a file without rooms without progress and without a copy", () => {
  const directory = fixture(2, "stopped");
  change(directory, "DELETE FROM messages; DELETE FROM sessions; DELETE FROM rooms");
  const progress: MigrationProgress[] = [];
  new SqliteStore(directory, { onProgress: (step) => progress.push(step) }).close();
  expect(progress).toEqual([]);
  expect(readdirSync(directory)).toEqual(["driftdb.sqlite"]);
  expect(look(directory, "PRAGMA user_version")).toEqual([[3]]);
});

test("migrates many rows, and rows larger than a batch, in steps with progress", () => {
  const directory = fixture(2, "stopped");
  change(
    directory,
    `
      INSERT INTO messages
      WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 25000)
      SELECT (SELECT max(id) FROM rooms), CAST('many' AS BLOB), 1000 + i, 0, '"x"' FROM n;
      INSERT INTO messages VALUES
        ((SELECT max(id) FROM rooms), CAST('large' AS BLOB), 50000, 0, '"' || hex(zeroblob(${9 << 20})) || '"'),
        ((SELECT max(id) FROM rooms), CAST('large' AS BLOB), 50001, 0, '"small"');
      INSERT INTO sessions
      WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
      SELECT (SELECT max(id) FROM rooms), 'cid ' || i, i, '', i FROM n;
    `,
  );
  const count = "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM sessions)";
  const before = look(directory, count);
  const progress: MigrationProgress[] = [];
  new SqliteStore(directory, { onProgress: (step) => progress.push(step) }).close();
  expect(look(directory, count)).toEqual(before);
  const steps = progress.slice(0, -1).map(({ fraction }) => fraction);
  expect(steps.length).toBeGreaterThanOrEqual(8);
  expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  expect(steps.at(-1)).toBe(1);
});

test("leaves a symbolic link to the file a link", () => {
  const elsewhere = fixture(2, "killed");
  const directory = temporaryDirectory();
  symlinkSync(fileIn(elsewhere), fileIn(directory));
  new SqliteStore(directory).close();
  expect(lstatSync(fileIn(directory)).isSymbolicLink()).toBe(true);
  expect(readdirSync(elsewhere).sort()).toEqual(["driftdb.sqlite", "driftdb.v2.sqlite"]);
});

import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { describe, expect, test } from "vitest";
import type { MigrationProgress } from "../../src/engine/local/sqlite/migrate-file.js";
import { VERSION } from "../../src/engine/local/sqlite/sqlite-schema.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { connectionOf, TestHost } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";
import { expectedIn, fixture, type RoomContent, STATES, VERSIONS } from "./fixtures.js";
import { digestsOf, engineOn, fileIn, finish, look, openRoom } from "./sqlite-data.js";

/** The content of a store's rooms, as JSON clients see it. */
function contentOf(directory: string, names: readonly string[]): Record<string, RoomContent> {
  const store = new SqliteStore(directory);
  const contents = names.map((name): [string, RoomContent] => {
    const state = finish(store.load(name));
    if (!state) throw new Error(`the room ${name} does not exist`);
    const streams = Array.from(state.streams, ([key, stream]) => [
      key,
      stream.since(0).map(({ seq, snapshot, value }) => ({ seq, snapshot, value: JSON.parse(value.json) })),
    ]);
    const { head, epoch } = state;
    return [name, { head, epoch, streams: Object.fromEntries(streams) }];
  });
  store.close();
  return Object.fromEntries(contents);
}

/** The schema with normalised white space. */
function schemaOf(directory: string): unknown[] {
  const rows = look<[string, string, string, string | null]>(
    directory,
    "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name",
  );
  return rows.map(([type, name, table, sql]) => [type, name, table, sql?.replace(/\s+/g, " ")]);
}

function tableVersion(file: string): unknown {
  const db = new Database(file);
  const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  db.close();
  return user_version;
}

const cases = VERSIONS.flatMap((version) => STATES.map((state) => ({ version, state })));

test("every version up to this one has a data directory, made by scripts/store-fixture.mjs", () => {
  expect(VERSIONS).toEqual(Array.from({ length: VERSION }, (_, i) => i + 1));
});

describe.each(cases)("a file of version $version whose server was $state", ({ version, state }) => {
  const expected = expectedIn(version, state);
  const names = Object.keys(expected);

  test("M1, M2, M4 has all of its rooms", () => {
    const directory = fixture(version, state);
    const found = contentOf(directory, names);
    for (const name of names) {
      const { head, streams, epoch } = expected[name] as RoomContent;
      expect(found[name]?.streams).toEqual(streams);
      // A killed server leaves reserved seqs.
      const reserved = state === "stopped" ? 0 : 16_384;
      expect(found[name]?.head).toBeGreaterThanOrEqual(head);
      expect(found[name]?.head).toBeLessThanOrEqual(head + reserved);
      expect(found[name]?.epoch).toEqual(epoch ?? expect.stringMatching(/^\w{10}$/));
    }
    const epochs = names.map((name) => found[name]?.epoch);
    expect(new Set(epochs).size).toBe(names.length);
    // The next start does not migrate the file again.
    expect(contentOf(directory, names)).toEqual(found);
  });

  test("P7 has byte strings as bytes", async () => {
    const room = await openRoom(fixture(version, state), names[0]);
    const entries = await room.entries("bytes");
    expect(entries[0]?.[1]).toEqual({ b: new Uint8Array([0, 1, 255]) });
  });

  test("S3, S4 has its sessions, and continues them across a restart", async () => {
    const [name = ""] = names;
    const { sessions = {}, head } = expected[name] as RoomContent;
    const engine = engineOn(fixture(version, state));
    const room = await TestHost.open(engine, name);
    for (const [cid, { acked, seqs }] of Object.entries(sessions)) {
      const connection = connectionOf(cid);
      const acks = seqs.map((seq, i) => [acked - seqs.length + 1 + i, seq]);
      expect(await room.ask({ type: "join", connection })).toMatchObject({ acked, acks });
      expect(await room.push("a", "again", "append", connection, acked)).toMatchObject({ seq: seqs.at(-1) });
    }
    const alice = connectionOf("alice of a later day");
    const stored = await room.push("a", "next", "append", alice, 1);
    expect(stored).toMatchObject({ type: "stored", seq: expect.toSatisfy((seq: number) => seq > head) });
    room.close();

    const later = await TestHost.open(engine, name);
    expect(await later.push("a", "next", "append", alice, 1)).toMatchObject({ ...stored, size: 0 });
  });

  test("becomes a file of this version, with the same schema as a new one", () => {
    const [former, fresh] = [fixture(version, state), temporaryDirectory()];
    new SqliteStore(former).close();
    new SqliteStore(fresh).close();
    for (const directory of [former, fresh]) {
      expect(look(directory, "PRAGMA user_version")).toEqual([[VERSION]]);
      expect(look(directory, "PRAGMA application_id")).toEqual([[0x44720003]]);
      // INCREMENTAL
      expect(look(directory, "PRAGMA auto_vacuum")).toEqual([[2]]);
      expect(look(directory, "PRAGMA foreign_key_check")).toEqual([]);
      expect(look(directory, "PRAGMA integrity_check")).toEqual([["ok"]]);
    }
    expect(schemaOf(former)).toEqual(schemaOf(fresh));
  });

  test.runIf(version < 3)("stays as a copy, which the last progress message names", () => {
    const directory = fixture(version, state);
    const before = digestsOf(directory)["driftdb.sqlite"];
    const progress: MigrationProgress[] = [];
    new SqliteStore(directory, { onProgress: (step) => progress.push(step) }).close();
    const kept = `driftdb.v${version}.sqlite`;
    expect(readdirSync(directory).sort()).toEqual(["driftdb.sqlite", kept]);
    expect(progress.at(-1)).toEqual({
      fraction: 1,
      message: expect.stringMatching(`migrated .* to version 3: the old file is now .*${kept}`),
    });
    const fractions = progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.length).toBeGreaterThan(2);
    // The file of a killed server changes first: SQLite adds the content of the WAL.
    if (state === "stopped") expect(digestsOf(directory)[kept]).toBe(before);
    expect(tableVersion(join(directory, kept))).toBe(version);
  });

  test.runIf(version < 3)("migrates again when the copy is put back, and makes a second copy", () => {
    const directory = fixture(version, state);
    const { streams } = contentOf(directory, names)[names[0] as string] as RoomContent;
    cpSync(join(directory, `driftdb.v${version}.sqlite`), fileIn(directory));
    expect(contentOf(directory, names)[names[0] as string]?.streams).toEqual(streams);
    expect(readdirSync(directory).sort()).toEqual([
      "driftdb.sqlite",
      `driftdb.v${version}-2.sqlite`,
      `driftdb.v${version}.sqlite`,
    ]);
  });
});

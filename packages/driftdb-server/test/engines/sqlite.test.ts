import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Commit } from "../../src/core/commit.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import type { Payload } from "../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { ChildProgram } from "../child-program.js";
import { payload, TestHost } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";
import { describeEngine, type Subject } from "./contract.js";
import { fixture } from "./fixtures.js";
import { finish, look, newDirectory, streamsOf } from "./sqlite-data.js";

describeEngine(
  "SQLite",
  async (clock) => {
    const directories: string[] = [];
    const newDirectory = () => {
      directories.push(mkdtempSync(join(tmpdir(), "driftdb-")));
      return directories.at(-1) as string;
    };
    let directory = newDirectory();
    const start = () => new LocalEngine(new SqliteStore(directory), { limits: DEFAULT_LIMITS, clock });
    const subject: Subject = {
      engine: start(),
      async restart() {
        await subject.engine.close();
        subject.engine = start();
      },
      async crash() {
        const copy = newDirectory();
        cpSync(directory, copy, { recursive: true });
        await subject.engine.close();
        rmSync(directory, { recursive: true });
        directory = copy;
        subject.engine = start();
      },
      async dispose() {
        await subject.engine.close();
        for (const directory of directories) rmSync(directory, { recursive: true, force: true });
      },
    };
    return subject;
  },
  2_000,
);

describe("SQLite", () => {
  let directory: string;
  let store: SqliteStore;
  let engine: LocalEngine;
  let room: TestHost;
  let errors: string[];
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= engine.close();
    return closed;
  };

  beforeEach(async () => {
    directory = await newDirectory();
    store = new SqliteStore(directory);
    errors = [];
    engine = new LocalEngine(store, {
      limits: DEFAULT_LIMITS,
      onError: ({ message }) => void errors.push(message),
    });
    closed = undefined;
    onTestFinished(close);
    room = await TestHost.open(engine, "room");
  });

  const seqs = () => room.outputs.flatMap((output) => (output.type === "message" ? output.seq : []));

  test("makes one commit with one number per turn of the event loop, and no number for relays", async () => {
    const numbers: (number | undefined)[] = [];
    const commit = store.commit.bind(store);
    store.commit = (commits) => {
      for (const { number } of commits) numbers.push(number);
      commit(commits);
    };
    await Promise.all(Array.from({ length: 50 }, () => room.push("a", "x")));
    await room.push("a", "x", "relay");
    await room.push("a", "x");
    expect(numbers).toEqual([2, undefined, 3]);
    expect(look(directory, "SELECT number FROM rooms")).toEqual([[3]]);
    expect(finish(store.load("room"))?.number).toBe(3);
  });

  test("D14, M1 writes one reservation for many relays, which stay below it", async () => {
    for (let i = 0; i < 3; i++) await room.push("a", "x", "relay");
    expect(look(directory, "SELECT head, number FROM rooms")).toEqual([[16_385, 1]]);
    await room.push("a", "x");
    expect(look(directory, "SELECT head, number FROM rooms")).toEqual([[16_385, 2]]);
    room.close();
    expect(look(directory, "SELECT head, number FROM rooms")).toEqual([[4, 2]]);
  });

  test.each([15, 16, 17, 100])(
    "M5 stores all %i messages of a turn, and drops those that they replace",
    async (count) => {
      const pushes: Promise<unknown>[] = [];
      for (let i = 0; i < count; i++) {
        pushes.push(room.push("a", i), room.push("b", i, i === count - 3 ? "replace" : "append"));
      }
      pushes.push(room.push("a", "all but the last", { type: "compact", seq: 2 * count - 2 }));
      await Promise.all(pushes);

      const streams = {
        a: [expect.objectContaining({ value: "all but the last", snapshot: true }), { value: count - 1 }],
        b: [{ value: count - 3 }, { value: count - 2 }, { value: count - 1 }],
      };
      expect(streamsOf(finish(store.load("room")))).toMatchObject(streams);
    },
  );

  test("M3, M4 drops rows of a key, and puts rows with the same seqs, in one turn", async () => {
    for (const value of ["1", "2", "3"]) await room.push("a", value);
    await room.push("b", "kept");
    await Promise.all([
      room.push("a", "1+2", { type: "compact", seq: 2 }),
      room.push("a", "5"),
      room.push("a", "1+2+3", { type: "compact", seq: 3 }),
    ]);
    expect(streamsOf(finish(store.load("room")))).toEqual({
      a: [
        { seq: 3, snapshot: true, value: "1+2+3" },
        { seq: 5, snapshot: false, value: "5" },
      ],
      b: [{ seq: 4, snapshot: false, value: "kept" }],
    });
  });

  test("M5 stores the rows of many rooms in one transaction", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `room ${i}`);
    await Promise.all(names.map((name) => engine.create(name)));
    const rooms = await Promise.all(names.map((name) => TestHost.open(engine, name)));
    for (const room of rooms) await room.push("a", "gone");
    await Promise.all(rooms.map((room, i) => room.push("a", i, i % 2 === 0 ? "replace" : "append")));
    for (const [i, name] of names.entries()) {
      const values = [...(i % 2 === 0 ? [] : [{ value: "gone" }]), { value: i }];
      const state = finish(store.load(name));
      expect(streamsOf(state)).toMatchObject({ a: values });
      expect(state?.number).toBe(3);
    }
  });

  test("M5 broadcasts nothing of a failed commit, refuses its messages, and stores nothing", async () => {
    await room.push("a", "x");
    const commit = store.commit.bind(store);
    store.commit = () => {
      throw new Error("disk full");
    };
    const answers = await Promise.all([room.push("a", "x"), room.push("a", "x", "relay")]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ type: "refused", why: { code: "storage_failed" } });
    }
    expect(seqs()).toEqual([1]);
    expect(errors).toEqual(["disk full"]);

    store.commit = commit;
    expect(await room.push("a", "x")).toMatchObject({ type: "stored", size: 2 });
    expect(seqs()[0]).toBe(1);
    expect(seqs()[1]).toBeGreaterThan(1);
  });

  test("M5 writes nothing of a failed commit with the next one", async () => {
    const commit = (fields: Partial<Commit<Payload>>): Commit<Payload> => ({
      ...{ room: "room", epoch: "", life: "", head: 1, time: 0, number: 2, events: [], streams: [] },
      sessions: new Map(),
      ...fields,
    });
    const put = (seq: number) => [
      { key: "a", dropped: [], put: [{ seq, value: payload(seq), snapshot: false }] },
    ];
    const failing = [commit({ streams: put(1) }), commit({ room: "not open" })];
    expect(() => store.commit(failing)).toThrow("the room is not open");
    store.commit([commit({ head: 2, streams: put(2) })]);
    expect(streamsOf(finish(store.load("room")))).toEqual({ a: [{ seq: 2, snapshot: false, value: 2 }] });
  });

  test("reports an error of the store while a room closes, which loses seqs at most", async () => {
    await room.push("a", "x", "relay");
    const release = store.release.bind(store);
    store.release = () => {
      throw new Error("disk full");
    };
    room.close();
    expect(errors).toEqual(["disk full"]);
    store.release = release;
  });

  test("removes a room with its rows, and leaves the other rooms", async () => {
    await engine.create("other");
    await (await TestHost.open(engine, "other")).push("a", "kept");
    await room.push("a", "x");
    const removed: Commit<Payload> = {
      ...{ room: "room", epoch: "", life: "", head: 1, time: 0, number: 3, streams: [] },
      events: [{ type: "removed" }],
      sessions: new Map(),
    };
    store.commit([removed]);
    expect(store.exists("room")).toBe(false);
    expect(finish(store.load("room"))).toBeNull();
    expect(streamsOf(finish(store.load("other")))).toMatchObject({ a: [{ value: "kept" }] });
    expect(look(directory, "SELECT count(*) FROM messages")).toEqual([[1]]);
    // The engine releases the room afterwards.
    store.release("room", 1);
  });

  test("names the file when it is no database, and the directory when it cannot be made", () => {
    const directory = temporaryDirectory();
    const text = "no database at all, but long enough to look at it".repeat(100);
    writeFileSync(join(directory, "driftdb.sqlite"), text);
    expect(() => new SqliteStore(directory)).toThrow(/driftdb\.sqlite cannot be used: /);
    const file = join(directory, "driftdb.sqlite");
    expect(() => new SqliteStore(file)).toThrow(/data directory .* cannot be made/);
  });

  test("refuses a second server on the same data", () => {
    expect(() => new SqliteStore(directory)).toThrow(/in use by another server/);
  });

  test("M1 a server in another process keeps its lock after garbage collections", async () => {
    await close();
    const source = fileURLToPath(new URL("children/holding-server.ts", import.meta.url));
    const program = await ChildProgram.bundle(source);
    onTestFinished(() => program.remove());
    // A file of this version, and one that the server migrates.
    for (const data of [directory, fixture(2, "killed")]) {
      const child = program.start(data);
      for (let lines = 0; lines < 4; lines++) await once(child.stdout as Readable, "data");
      expect(() => new SqliteStore(data)).toThrow(/in use by another server/);
      child.kill("SIGKILL");
      await once(child, "close");
      new SqliteStore(data).close();
    }
  });

  test("releases the lock of the file when it closes", async () => {
    await close();
    const again = new SqliteStore(directory);
    expect(finish(again.load("room"))?.head).toBe(0);
    again.close();
  });

  test("M2, P7 restores keys with NUL, empty keys and byte strings", async () => {
    await room.push("\u0000", { bytes: new Uint8Array([1, 2]) });
    await room.push("", "empty");
    room.close();
    room = await TestHost.open(engine, "room");
    expect(await room.entries("\u0000")).toEqual([[1, { bytes: new Uint8Array([1, 2]) }]]);
    expect(await room.entries("")).toEqual([[2, "empty"]]);
  });
});

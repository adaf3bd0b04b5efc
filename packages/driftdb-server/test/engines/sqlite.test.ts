import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EngineRoom, type Message, Refusal } from "../../src/engine/engine.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { SqliteStore } from "../../src/engine/local/sqlite/sqlite-store.js";
import { Payload } from "../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { describeEngine, type Subject } from "./contract.js";

const directories: string[] = [];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "driftdb-"));
  directories.push(directory);
  return directory;
}

function removeDirectories(): void {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
}

async function createSubject(): Promise<Subject> {
  let directory = newDirectory();
  const start = () => new LocalEngine(new SqliteStore(directory, DEFAULT_LIMITS));
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
      removeDirectories();
    },
  };
  return subject;
}

describeEngine("SQLite", createSubject, 2_000);

describe("SQLite", () => {
  let store: SqliteStore;
  let engine: LocalEngine;
  let room: EngineRoom;
  let seqs: number[];
  let errors: string[];

  beforeEach(async () => {
    store = new SqliteStore(newDirectory(), DEFAULT_LIMITS);
    errors = [];
    engine = new LocalEngine(store, ({ message }) => void errors.push(message));
    await engine.create("room");
    seqs = [];
    const events = {
      flush() {},
      message: ({ seq }: { seq: number }) => void seqs.push(seq),
      released() {},
      compacted() {},
    };
    room = (await engine.open("room", events)) as EngineRoom;
  });

  afterEach(async () => {
    await engine.close();
    removeDirectories();
  });

  const push = (type: "append" | "relay") =>
    new Promise<unknown>((resolve) =>
      room.push({ key: "a", value: Payload.of("x", false), action: { type } }, null, resolve),
    );

  test("one turn of the event loop is one commit, and a relay is none", async () => {
    let commits = 0;
    const commit = store.commit.bind(store);
    store.commit = (changes) => {
      commits++;
      commit(changes);
    };
    await Promise.all(Array.from({ length: 50 }, () => push("append")));
    expect(commits).toBe(1);
  });

  test.each([15, 16, 17, 100])(
    "M5 of a turn's %i messages all are kept, with what they replace gone",
    async (count) => {
      const messages = Array.from({ length: count }, (_, i): Message[] => [
        { key: "a", value: Payload.of(i, false), action: { type: "append" } },
        { key: "b", value: Payload.of(i, false), action: { type: i === count - 3 ? "replace" : "append" } },
      ]).flat();
      const folded = Payload.of("all but the last", false);
      messages.push({ key: "a", value: folded, action: { type: "compact", seq: 2 * count - 2 } });
      await Promise.all(
        messages.map((message) => new Promise((resolve) => room.push(message, null, resolve))),
      );

      const kept = store.load("room");
      const valuesOf = (key: string) => kept?.since(key, 0).map(({ value }) => value.value);
      expect(valuesOf("a")).toEqual(["all but the last", count - 1]);
      expect(valuesOf("b")).toEqual([count - 3, count - 2, count - 1]);
    },
  );

  test("a large room is loaded in steps, and others commit in between", async () => {
    const keys = ["", "a", "b\0c", "z"];
    const messages = Array.from({ length: 3_500 }, (_, i): Message => {
      const value = Payload.of(i, false);
      return { key: keys[i % 4] as string, value, action: { type: "append" } };
    });
    await Promise.all(messages.map((message) => new Promise((done) => room.push(message, null, done))));
    store.create("other");
    const other = (await engine.open("other", {
      flush() {},
      message() {},
      released() {},
      compacted() {},
    })) as EngineRoom;
    const before = store.load("room");

    let steps = 0;
    const loading = store.loadInSteps("room");
    let step = loading.next();
    for (; !step.done; step = loading.next()) {
      steps++;
      expect(await new Promise((done) => other.push(messages[0] as Message, null, done))).toMatchObject({
        size: steps,
      });
    }
    expect(steps).toBeGreaterThanOrEqual(3);
    for (const key of keys) {
      const values = step.value?.since(key, 0).map(({ seq, value }) => [seq, value.stored]);
      expect(values).toEqual(before?.since(key, 0).map(({ seq, value }) => [seq, value.stored]));
      expect(values?.length).toBe(875);
    }
  });

  test("M5 a commit that fails is broadcast to nobody, told to its senders, and leaves no trace", async () => {
    await push("append");
    const commit = store.commit.bind(store);
    store.commit = () => {
      throw new Error("disk full");
    };
    const refused = await Promise.all([push("append"), push("relay")]);
    for (const refusal of refused) expect(refusal).toMatchObject({ code: "storage_failed" });
    expect(refused[0]).toBeInstanceOf(Refusal);
    expect(seqs).toEqual([1]);
    expect(errors).toEqual(["disk full"]);

    store.commit = commit;
    expect(await push("append")).toMatchObject({ size: 2 });
    expect(seqs[0]).toBe(1);
    expect(seqs[1]).toBeGreaterThan(1);
  });

  test("what fails for one in the room is reported, and the others of the turn get theirs", async () => {
    room.push({ key: "a", value: Payload.of("x", false), action: { type: "append" } }, null, () => {
      throw new Error("not mine");
    });
    expect(await push("append")).toMatchObject({ size: 2 });
    expect(seqs).toEqual([1, 2]);
    expect(errors).toEqual(["not mine"]);
  });

  test("a store that fails while a room is closed is reported, and costs seqs at most", async () => {
    await push("relay");
    const release = store.release.bind(store);
    store.release = () => {
      throw new Error("disk full");
    };
    room.close();
    expect(errors).toEqual(["disk full"]);
    store.release = release;
  });

  test("a file that is no database, and a directory that is none, are named", () => {
    const directory = newDirectory();
    writeFileSync(
      join(directory, "driftdb.sqlite"),
      "no database at all, but long enough to look at it".repeat(100),
    );
    expect(() => new SqliteStore(directory, DEFAULT_LIMITS)).toThrow(/driftdb\.sqlite cannot be used: /);
    expect(() => new SqliteStore(join(directory, "driftdb.sqlite"), DEFAULT_LIMITS)).toThrow(
      /data directory .* cannot be made/,
    );
  });

  test("a second server on the same data is refused", () => {
    expect(() => new SqliteStore(directories[0] as string, DEFAULT_LIMITS)).toThrow(
      /in use by another server/,
    );
  });

  test("the file lets go of its lock when it is closed", async () => {
    await engine.close();
    const again = new SqliteStore(directories[0] as string, DEFAULT_LIMITS);
    expect(again.load("room")?.head).toBe(0);
    again.close();
    engine = new LocalEngine(new SqliteStore(directories[0] as string, DEFAULT_LIMITS));
  });

  test("keys with NUL, empty keys and byte strings come back as they were", async () => {
    await new Promise((resolve) =>
      room.push(
        { key: "\u0000", value: Payload.of({ b: new Uint8Array([1, 2]) }, true), action: { type: "append" } },
        null,
        resolve,
      ),
    );
    room.close();
    room = (await engine.open("room", {
      flush() {},
      message() {},
      released() {},
      compacted() {},
    })) as EngineRoom;
    const entries = await new Promise<unknown>((resolve) => room.get("\u0000", 0, resolve));
    expect((entries as { value: Payload }[])[0]?.value.value).toEqual({ b: new Uint8Array([1, 2]) });
  });
});

import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { newRoomId } from "../../src/engine/ids.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { ManualClock } from "../manual-clock.js";
import { FailingStore } from "../open-room.js";
import { connectionOf, payload, TestHost } from "../test-host.js";
import { temporaryDirectory } from "../test-server.js";
import { ReferenceRoom } from "./reference-room.js";

const KEYS = ["k", "l"];
const NAMES = ["alice", "bob"];
const key = fc.constantFrom(...KEYS);
const from = fc.constantFrom(...NAMES);
const change = fc.oneof(
  fc.record({ do: fc.constant("hold" as const), key, from, value: fc.constantFrom(1, 2, 3) }),
  fc.record({ do: fc.constant("release" as const), key, from }),
  fc.record({ do: fc.constantFrom("append" as const, "replace" as const), key, from }),
);
/** The requests of one turn of the event loop, and whether their commit fails. */
const turn = fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 5 }), fails: fc.boolean() });

function newEngine() {
  const clock = new ManualClock();
  const store = new FailingStore(temporaryDirectory());
  onTestFinished(() => store.close());
  const engine = new LocalEngine(store, { limits: DEFAULT_LIMITS, clock, onError: () => {} });
  return { clock, store, engine };
}

/** A room that alice and bob have joined. */
async function newRoom(engine: LocalEngine) {
  const id = newRoomId();
  await engine.create(id);
  const host = await TestHost.open(engine, id);
  const connections = new Map(NAMES.map((name) => [name, connectionOf(name)]));
  const of = (name: string) => connections.get(name) ?? connectionOf(name);
  for (const connection of connections.values()) host.submit({ type: "join", connection });
  await host.barrier();
  host.outputs.length = 0;
  const hold = (name: string, key: string, value: unknown) =>
    host.submit({ type: "hold", connection: of(name), key, value: payload(value) });
  const release = (name: string, key: string) => host.submit({ type: "release", connection: of(name), key });
  /** The outputs since the last call: events with their seqs, and the codes of refusals. */
  const delivered = async () => {
    await host.barrier();
    return host.outputs.splice(0).flatMap((output): { what: unknown; seq?: number }[] => {
      switch (output.type) {
        case "held":
          return [{ what: [output.from, output.key, output.value.value], seq: output.seq }];
        case "released":
          return [{ what: [output.from, output.key, "released"], seq: output.seq }];
        case "message":
          return [{ what: [output.from, output.key, output.action], seq: output.seq }];
        case "refused":
          return output.request.type === "barrier" ? [] : [{ what: output.why.code }];
        default:
          return [];
      }
    });
  };
  /** The holds of a key, without their seqs. */
  const heldFor = async (key: string) => {
    const request = { type: "resume", connection: connectionOf(), key, seq: 0, epoch: "" } as const;
    const answer = await host.ask(request);
    if (answer.type !== "history") throw new Error(`the answer is ${answer.type}`);
    return answer.history.held.map(({ from, value }) => ({ from, value: value.value }));
  };
  return { host, of, hold, release, delivered, heldFor };
}

describe("D22 a turn whose commit fails", () => {
  test("holds, releases and broadcasts nothing, and refuses each request", async () => {
    const { clock, store, engine } = newEngine();
    const { host, of, hold, release, delivered, heldFor } = await newRoom(engine);
    hold("alice", "k", 1);
    await delivered();

    store.failing = true;
    hold("alice", "k", 2);
    hold("bob", "k", 1);
    hold("bob", "k", 1);
    release("alice", "k");
    host.submit({ type: "leave", connection: of("alice"), code: 1000 });
    expect(await delivered()).toEqual(Array(4).fill({ what: "storage_failed" }));
    store.failing = false;
    expect(await heldFor("k")).toEqual([{ from: "alice", value: 1 }]);
    host.outputs.length = 0;

    // A hold of the same value after the failure is not a repetition (D19).
    hold("bob", "k", 1);
    expect((await delivered()).map(({ what }) => what)).toEqual([["bob", "k", 1]]);
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await delivered()).map(({ what }) => what)).toEqual([["alice", "k", "released"]]);
    expect(await heldFor("k")).toEqual([{ from: "bob", value: 1 }]);
  });

  test("S3 uses up no number of a session, and applies its messages when they are repeated", async () => {
    const { store, engine } = newEngine();
    const { host, of } = await newRoom(engine);
    const send = (n: number) => host.push("k", n, "append", of("alice"), n);
    await send(1);
    store.failing = true;
    const failed = await Promise.all([send(2), send(3)]);
    expect(failed.map((answer) => answer.type === "refused" && answer.why)).toEqual(
      Array(2).fill({ code: "storage_failed", message: expect.stringContaining("the disk is on fire") }),
    );
    store.failing = false;
    expect((await send(3)).type).toBe("outOfStep");
    const answers = await Promise.all([send(2), send(3), send(1)]);
    expect(answers).toMatchObject([
      { type: "stored", seq: 2, size: 2 },
      { type: "stored", seq: 3, size: 3 },
      { type: "stored", seq: 1, size: 0 },
    ]);
    expect(await host.entries("k")).toEqual([1, 2, 3].map((n) => [n, n]));
  });

  test("M1 leaves no trace in the room, and uses no seq twice", async () => {
    const { store, engine } = newEngine();
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 10 }), async (turns) => {
        const { host, of, hold, release, delivered, heldFor } = await newRoom(engine);
        const reference = new ReferenceRoom();
        const seqs: number[] = [];
        for (const { changes, fails } of turns) {
          store.failing = fails;
          const wanted: unknown[] = [];
          const acked = new Map(NAMES.map((name) => [name, reference.acked(name)]));
          for (const change of changes) {
            const { key, from } = change;
            if (change.do === "hold") hold(from, key, change.value);
            else if (change.do === "release") release(from, key);
            else {
              const n = (acked.get(from) ?? 0) + 1;
              acked.set(from, n);
              void host.push(key, "x", change.do, of(from), n);
            }
            if (fails) {
              wanted.push("storage_failed");
            } else if (change.do === "hold") {
              if (reference.hold(from, key, change.value)) wanted.push([from, key, change.value]);
            } else if (change.do === "release") {
              const releases = reference.release(from, key);
              wanted.push(...releases.map(([held]) => [from, held, "released"]));
            } else {
              const sender = { cid: from, n: reference.acked(from) + 1 };
              reference.push(key, "x", { type: change.do }, sender);
              wanted.push([from, key, change.do]);
            }
          }
          const seen = await delivered();
          store.failing = false;
          expect(seen.map(({ what }) => what)).toEqual(wanted);
          seqs.push(...seen.flatMap(({ seq = [] }) => seq));
          for (const key of KEYS) {
            expect(await heldFor(key)).toEqual(
              reference.heldFor(key).map(({ from, value }) => ({ from, value })),
            );
            const values = reference.get(key, 0).map(({ seq, value }) => [seq, value]);
            expect(await host.entries(key)).toEqual(values);
          }
          host.outputs.length = 0;
        }
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        host.close();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

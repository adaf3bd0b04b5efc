import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { type EngineRoom, type History, Refusal } from "../../src/engine/engine.js";
import { newRoomId } from "../../src/engine/ids.js";
import { LocalEngine } from "../../src/engine/local/local-engine.js";
import { Payload } from "../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../src/limits/limits.js";
import { FailingStore } from "../open-room.js";
import { temporaryDirectory } from "../test-server.js";
import { ReferenceRoom } from "./reference-room.js";

const KEYS = ["k", "l"];
const NAMES = ["alice", "bob"];
const key = fc.constantFrom(...KEYS);
const from = fc.constantFrom(...NAMES);
const change = fc.oneof(
  fc.record({ do: fc.constant("hold" as const), key, from, value: fc.constantFrom(1, 2, 3) }),
  fc.record({ do: fc.constant("release" as const), key: fc.option(key), from }),
  fc.record({ do: fc.constant("append" as const), key }),
);
/** What arrives in one turn of the event loop, and whether it can be committed. */
const turn = fc.record({ changes: fc.array(change, { minLength: 1, maxLength: 5 }), fails: fc.boolean() });

const payload = (value: unknown) => Payload.of(value, false);
const barrier = (room: EngineRoom) => new Promise<void>((resolve) => room.barrier(resolve));

/** In which order a session lets go of all its keys is not said. */
const sorted = (things: readonly unknown[]) => things.map((thing) => JSON.stringify(thing)).sort();

/** What is held for a key, without the seqs. */
async function heldFor(room: EngineRoom, key: string): Promise<unknown> {
  const history = await new Promise<History | Refusal>((done) => room.resume(key, 0, "", done));
  if (history instanceof Refusal) throw new Error(history.message);
  return history.held.map(({ from, value }) => ({ from, value: value.value }));
}

describe("D22 a turn that cannot be committed", () => {
  const newEngine = () => {
    const store = new FailingStore(temporaryDirectory(), DEFAULT_LIMITS);
    onTestFinished(() => store.close());
    return { store, engine: new LocalEngine(store, () => {}) };
  };

  const newRoom = async (engine: LocalEngine) => {
    const id = newRoomId();
    await engine.create(id);
    const told: [what: unknown, seq: number][] = [];
    const room = (await engine.open(id, {
      flush: () => {},
      message: ({ key, value, seq, from }) => void told.push([{ key, value: value.value, from }, seq]),
      released: ({ key, from, seq }) => void told.push([{ key, from }, seq]),
      compacted: () => {},
    })) as EngineRoom;
    return { room, told };
  };

  test("holds and releases nothing, tells nobody, and says so to who asked", async () => {
    const { store, engine } = newEngine();
    const { room, told } = await newRoom(engine);
    const answers: unknown[] = [];
    const answer = (refusal: unknown) => answers.push(refusal);
    room.hold("alice", "k", payload(1), answer);
    await barrier(room);
    told.length = 0;

    store.failing = true;
    room.hold("alice", "k", payload(2), answer);
    room.hold("bob", "k", payload(1), answer);
    room.hold("bob", "k", payload(1), answer);
    room.release("alice", "k", answer);
    room.release("alice", null, answer);
    await barrier(room);
    store.failing = false;

    expect(told).toEqual([]);
    const failed = expect.objectContaining({ code: "storage_failed" });
    expect(answers).toEqual([null, ...Array(5).fill(failed)]);
    expect(await heldFor(room, "k")).toEqual([{ from: "alice", value: 1 }]);

    // What did not happen is no repetition when it is sent again (D19).
    room.hold("bob", "k", payload(1), answer);
    room.release("alice", null, answer);
    await barrier(room);
    expect(told.map(([what]) => what)).toEqual([
      { key: "k", value: 1, from: "bob" },
      { key: "k", from: "alice" },
    ]);
    expect(answers.slice(6)).toEqual([null, null]);
  });

  test("M1 leaves the room as if it had not been, whatever was in it, and uses no seq again", async () => {
    const { store, engine } = newEngine();
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 10 }), async (turns) => {
        const { room, told } = await newRoom(engine);
        const reference = new ReferenceRoom();
        const seqs: number[] = [];
        for (const { changes, fails } of turns) {
          store.failing = fails;
          const wanted: unknown[] = [];
          for (const change of changes) {
            const { key } = change;
            if (change.do === "hold") room.hold(change.from, change.key, payload(change.value), () => {});
            else if (change.do === "release") room.release(change.from, key);
            else
              room.push({ key: change.key, value: payload("x"), action: { type: "append" } }, null, () => {});
            if (fails) continue;
            if (change.do === "hold") {
              const { key, value, from } = change;
              if (reference.hold(from, key, value)) wanted.push({ key, value, from });
            } else if (change.do === "release") {
              for (const [key] of reference.release(change.from, change.key)) {
                wanted.push({ key, from: change.from });
              }
            } else wanted.push({ key: change.key, value: "x", from: undefined });
          }
          await barrier(room);
          store.failing = false;
          const turn = told.splice(0);
          expect(sorted(turn.map(([what]) => what))).toEqual(sorted(wanted));
          seqs.push(...turn.map(([, seq]) => seq));
          for (const key of KEYS) {
            expect(await heldFor(room, key)).toEqual(
              reference.heldFor(key).map(({ from, value }) => ({ from, value })),
            );
          }
        }
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
        room.close();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

import type { Action } from "driftdb-protocol";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Broadcast,
  type Engine,
  type EngineRoom,
  Refusal,
  type Release,
  type SessionInfo,
} from "../../src/engine/engine.js";
import { newRoomId } from "../../src/engine/ids.js";
import { Payload } from "../../src/engine/payload.js";
import { ReferenceRoom } from "./reference-room.js";

/** An engine, and what can befall it. */
export interface Subject {
  engine: Engine;
  /** Stops it in good order and starts it on the same data. Absent where nothing outlives the process. */
  restart?(): Promise<void>;
  /** Starts it on the data as a killed process would have left it just now. */
  crash?(): Promise<void>;
  dispose(): Promise<void>;
}

type Step =
  | { do: "push"; key: string; value: unknown; action: Action; from: Repeat | null }
  | { do: "get"; key: string; seq: number }
  | { do: "resume"; key: string; seq: number; sameEpoch: boolean }
  | { do: "hello"; cid: string }
  | { do: "refuse"; from: Repeat }
  | { do: "hold"; key: string; value: unknown; cid: string }
  | { do: "release"; key: string | null; cid: string }
  | { do: "turn" | "reopen" | "restart" | "crash" };

/** Whose message it is, and how far its n is from the one that is due: 0 is right, less a repetition, 1 a gap. */
interface Repeat {
  cid: string;
  off: number;
}

const CIDS = ["alice", "bob", "carol"];
const cid = fc.constantFrom(...CIDS);
const repeat = fc.record({ cid, off: fc.constantFrom(0, 0, 0, -1, -1, -2, 1) });
const from = fc.option(repeat, { freq: 4 });

const KEYS = ["", "a", "b", "a\u0000b", "schlüssel/🗝"];
const key = fc.constantFrom(...KEYS);
const seq = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -1, max: 25 }) }, fc.integer());
const value = fc.oneof(
  fc
    .jsonValue({ maxDepth: 2 })
    .filter((value) => value !== null)
    // JSON has no -0.
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => ({ bytes })),
);
/** Few, so that the same one comes again (D19). */
const held = fc.constantFrom<unknown>(1, "1", { a: [1] }, { bytes: [1] }, { bytes: Uint8Array.of(1) });
const plain = fc.constantFrom<Action>(
  { type: "append" },
  { type: "append" },
  { type: "replace" },
  { type: "relay" },
);
const action = fc.oneof(
  { weight: 3, arbitrary: plain },
  {
    weight: 2,
    arbitrary: fc
      .record({ seq, last: fc.option(seq, { nil: undefined }) })
      .map(({ seq, last }): Action => ({ type: "compact", seq, ...(last !== undefined && { last }) })),
  },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constant("push" as const), key, value, action, from }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("get" as const), key, seq: seq.map((n) => Math.max(0, n)) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("resume" as const),
      key,
      seq: seq.map((n) => Math.max(0, n)),
      sameEpoch: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("hello" as const), cid }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("refuse" as const), from: repeat }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("hold" as const), key, value: held, cid }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("release" as const), key: fc.option(key, { freq: 3 }), cid }),
  },
  { weight: 6, arbitrary: fc.constant({ do: "turn" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "reopen" as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ do: "restart" as const }, { do: "crash" as const }) },
);

/** What every engine must do. Call it once in the engine's test file. */
export function describeEngine(name: string, create: () => Promise<Subject>, numRuns: number): void {
  describe(`${name} keeps the engine contract`, () => {
    let subject: Subject | undefined;
    afterAll(() => subject?.dispose());

    test(`M1–M5, S9 no difference from the reference room in ${numRuns} random runs`, async () => {
      subject ??= await create();
      const target = subject;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), (steps) => compare(target, steps)),
        { numRuns },
      );
    }, 240_000);

    test("a room that was not created cannot be opened", async () => {
      subject ??= await create();
      expect(
        await subject.engine.open(newRoomId(), { flush() {}, message() {}, released() {}, compacted() {} }),
      ).toBeNull();
    });
  });
}

/** Runs the steps against the engine and the reference room, and compares all that can be seen. */
async function compare(subject: Subject, steps: readonly Step[]): Promise<void> {
  const id = newRoomId();
  const reference = new ReferenceRoom();
  const seen: unknown[] = [];
  const wanted: unknown[] = [];
  await subject.engine.create(id);
  let room = await open(subject, id, seen);
  const { epoch, ...first } = await hello(room);
  seen.length = 0;
  let { term } = first;
  const terms = [term];

  const senderOf = ({ cid, off }: Repeat) => ({ cid, n: Math.max(1, reference.acked(cid) + 1 + off) });

  const turn = async () => {
    await new Promise<void>((resolve) => room.barrier(resolve));
    wanted.push(["flush"]);
    expect(seen).toEqual(wanted);
  };

  for (const step of steps) {
    // D23: before all that is told or answered, unless it is a hold.
    if (/^(push|get|resume|refuse|hello|release)$/.test(step.do)) wanted.push(["flush"]);
    if (step.do === "push") {
      const { key, value, action, from } = step;
      const payload = Payload.of(value, hasBytes(value));
      const sender = from && senderOf(from);
      room.push({ key, value: payload, action }, sender, (result) => seen.push(["answer", result]));
      const before = reference.get(key, 0);
      const answer = reference.push(key, value, action, sender);
      if (answer.broadcast) {
        const replaces = answer.prev === undefined ? undefined : action.type === "replace";
        wanted.push(["message", key, value, answer.seq, answer.prev, replaces, undefined, undefined]);
      } else if (reference.get(key, 0).some((message, i) => message !== before[i]))
        wanted.push(["compacted", key]);
      wanted.push(["answer", answer.outOfStep ? "out_of_step" : { seq: answer.seq, size: answer.size }]);
    } else if (step.do === "get") {
      room.get(step.key, step.seq, (entries) => seen.push(["init", shape(entries)]));
      wanted.push(["init", reference.get(step.key, step.seq).map(({ seq, value }) => [seq, value])]);
    } else if (step.do === "resume") {
      const { key, seq, sameEpoch } = step;
      room.resume(key, seq, sameEpoch ? epoch : "another", (resumed) => {
        if (resumed instanceof Refusal) throw new Error(resumed.message);
        const holds = resumed.held.map(({ from, value, seq }) => ({ from, value: value.value, seq }));
        seen.push(["resumed", resumed.reset, resumed.head, shape(resumed.entries), holds]);
      });
      const { reset, data } = reference.resume(key, seq, sameEpoch);
      const entries = data.map(({ seq, value }) => [seq, value]);
      wanted.push(["resumed", reset, reference.head, entries, reference.heldFor(key)]);
    } else if (step.do === "refuse") {
      const sender = senderOf(step.from);
      const why = new Refusal("bad_key", "key is not valid");
      room.refuse(sender, why, (result) => seen.push(["answer", result]));
      const { outOfStep, again, seq } = reference.refuse(sender);
      wanted.push(["answer", outOfStep ? "out_of_step" : again ? { seq, size: 0 } : why]);
    } else if (step.do === "hello") {
      room.hello(step.cid, step.cid, (session) => seen.push(["hello", session]));
      const { head } = reference;
      const acks = reference.acks(step.cid);
      const resumed = reference.held.some(({ from }) => from === step.cid);
      wanted.push(["hello", { epoch, head, acked: acks.length, acks, term, resumed }]);
    } else if (step.do === "hold") {
      const { cid, key, value } = step;
      room.hold(cid, key, Payload.of(value, hasBytes(value)), (refused) => seen.push(["held", refused]));
      const hold = reference.hold(cid, key, value);
      if (hold) wanted.push(["message", key, value, hold.seq, undefined, undefined, cid, hold.was]);
      wanted.push(["held", null]);
    } else if (step.do === "release") {
      const { cid, key } = step;
      room.release(cid, key, (refused) => seen.push(["let go", refused]));
      for (const [held, seq] of reference.release(cid, key))
        wanted.push(["released", { key: held, from: cid, seq }]);
      wanted.push(["let go", null]);
    } else {
      await turn();
      if (step.do === "turn") continue;
      // What nobody has waited for when the room closes is done all the same.
      room.push({ key: "", value: Payload.of("last", false), action: { type: "append" } }, null, () => {});
      reference.push("", "last", { type: "append" }, null);
      seen.length = wanted.length = 0;
      if (step.do === "crash" && subject.crash) {
        await new Promise<void>((resolve) => room.barrier(resolve));
        await subject.crash();
      } else {
        room.close();
        if (step.do === "restart") await subject.restart?.();
      }
      seen.length = 0;
      room = await open(subject, id, seen);
      // What was held went with the room as it was, and the term says so (S9).
      reference.held = [];
      ({ term } = await hello(room));
      seen.length = 0;
      expect(terms).not.toContain(term);
      terms.push(term);
      if (step.do === "crash") await learnHead(room, reference, seen);
    }
  }
  await turn();
  for (const key of KEYS) {
    wanted.push(["flush"]);
    room.get(key, 0, (entries) => seen.push(["init", shape(entries)]));
    wanted.push(["init", reference.get(key, 0).map(({ seq, value }) => [seq, value])]);
  }
  await turn();
  room.close();
}

function open({ engine }: Subject, id: string, seen: unknown[]): Promise<EngineRoom> {
  const events = {
    flush: () => void seen.push(["flush"]),
    message: ({ key, value, seq, prev, replace, from, was }: Broadcast) =>
      void seen.push(["message", key, value.value, seq, prev, replace, from, was]),
    released: (release: Release) => void seen.push(["released", release]),
    compacted: (key: string) => void seen.push(["compacted", key]),
  };
  return engine.open(id, events).then((room) => {
    if (!room) throw new Error("the room is gone");
    return room;
  });
}

function hello(room: EngineRoom): Promise<SessionInfo> {
  return new Promise((resolve, reject) =>
    room.hello("nobody", "nobody", (info) => (info instanceof Refusal ? reject(info) : resolve(info))),
  );
}

/** M1: after a crash the next seq may have jumped ahead, over what was reserved, but never back. */
async function learnHead(room: EngineRoom, reference: ReferenceRoom, seen: unknown[]): Promise<void> {
  room.push({ key: "relay", value: Payload.of(0, false), action: { type: "relay" } }, null, () => {});
  await new Promise<void>((resolve) => room.barrier(resolve));
  const [, relay] = seen;
  const seq = (relay as unknown[])[3] as number;
  expect(seq).toBeGreaterThan(reference.head);
  expect(seq).toBeLessThanOrEqual(reference.head + 16_385);
  reference.head = seq;
  seen.length = 0;
}

function shape(entries: Refusal | readonly { seq: number; value: Payload }[]): unknown {
  return entries instanceof Refusal ? entries : entries.map(({ seq, value }) => [seq, value.value]);
}

function hasBytes(value: unknown): boolean {
  return typeof value === "object" && value !== null && "bytes" in value && value.bytes instanceof Uint8Array;
}

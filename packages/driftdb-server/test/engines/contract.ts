import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/core/request.js";
import type { Engine, Output } from "../../src/engine/engine.js";
import { newRoomId } from "../../src/engine/ids.js";
import { ManualClock } from "../manual-clock.js";
import { connectionOf, payload, TestHost } from "../test-host.js";
import { ReferenceRoom } from "./reference-room.js";
import { CIDS, KEYS, type Step, step } from "./steps.js";

/** An engine under test. */
export interface Subject {
  engine: Engine;
  /** Closes the engine, and starts another on the same data. Absent for an engine that is not durable. */
  restart?(): Promise<void>;
  /** Starts another engine on the data that a killed process would leave now. */
  crash?(): Promise<void>;
  dispose(): Promise<void>;
}

/** Hosts that have the room open. `Step.host` is the index of one. */
const HOSTS = 2;

/**
 * The tests that every engine must pass. Call it once in the engine's test file.
 *
 * @param create makes the engine. It must use the clock.
 */
export function describeEngine(
  name: string,
  create: (clock: ManualClock) => Promise<Subject>,
  numRuns: number,
): void {
  describe(`${name} keeps the engine contract`, () => {
    const clock = new ManualClock();
    let subject: Subject | undefined;
    afterAll(() => subject?.dispose());

    test(`M1–M5, S3, S9, S10 equals the reference room in ${numRuns} random runs`, async () => {
      subject ??= await create(clock);
      const target = subject;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), (steps) =>
          new Comparison(target, clock).run(steps),
        ),
        { numRuns },
      );
    }, 240_000);

    test("does not open a room that was not created", async () => {
      subject ??= await create(clock);
      expect(await subject.engine.open(newRoomId(), new TestHost())).toBeNull();
      expect(await subject.engine.exists(newRoomId())).toBe(false);
    });

    test("delivers nothing more to a host that has closed the room, and goes on with the other", async () => {
      subject ??= await create(clock);
      const id = newRoomId();
      await subject.engine.create(id);
      const [one, other] = [await TestHost.open(subject.engine, id), await TestHost.open(subject.engine, id)];
      await one.push("k", 1);
      one.close();
      await other.push("k", 2);
      expect(seqsOf(one)).toEqual([1]);
      expect(seqsOf(other)).toEqual([1, 2]);
      expect(await other.entries("k")).toEqual([
        [1, 1],
        [2, 2],
      ]);
      other.close();
    });

    test("applies requests of a host that has closed the room, and answers no other host", async () => {
      subject ??= await create(clock);
      const id = newRoomId();
      await subject.engine.create(id);
      const [one, other] = [await TestHost.open(subject.engine, id), await TestHost.open(subject.engine, id)];
      void one.push("k", 1);
      one.close();
      await other.push("k", 2);
      expect(other.outputs.map(({ type }) => type)).toEqual(["message", "message", "stored"]);
      expect(seqsOf(other)).toEqual([1, 2]);
      expect(one.outputs).toEqual([]);
      other.close();
    });
  });
}

const seqsOf = ({ outputs }: TestHost) =>
  outputs.flatMap((output) => (output.type === "message" ? [output.seq] : []));

/** Compares all outputs of a room on two hosts with the reference room. */
class Comparison {
  readonly #id = newRoomId();
  readonly #reference = new ReferenceRoom();
  readonly #subject: Subject;
  readonly #clock: ManualClock;
  #hosts: TestHost[] = [];
  /** The expected outputs of each host since the last comparison. */
  #wanted: unknown[][] = [];
  /** All connections. `#of` has the indexes of each session's connections. */
  #connections: { connection: Connection; host: number }[] = [];
  readonly #of = new Map<string, number[]>();
  #epoch = "";
  readonly #terms: string[] = [];

  constructor(subject: Subject, clock: ManualClock) {
    this.#subject = subject;
    this.#clock = clock;
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.#subject.engine.create(this.#id);
    await this.#open();
    for (const step of steps) await this.#do(step);
    await this.#turn();
    for (const key of KEYS) this.#get(0, key, 0);
    await this.#turn();
    for (const host of this.#hosts) host.close();
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case "push":
        return this.#push(step);
      case "get":
        return this.#get(step.host, step.key, step.seq);
      case "resume":
        return this.#resume(step);
      case "refuse":
        return this.#refuse(step);
      case "join":
        return this.#join(step.cid, step.host);
      case "leave":
        return this.#leave(step);
      case "hold":
        return this.#hold(step);
      case "release":
        return this.#release(step);
      case "turn":
        return await this.#turn();
      case "wait":
        return await this.#wait(step.ms);
      default:
        return await this.#again(step.do);
    }
  }

  #push({ host, key, value, action, from }: Extract<Step, { do: "push" }>): void {
    const sender = from && this.#senderOf(from.cid, from.former, host);
    const n = from && this.#numberOf(from);
    const connection = sender ? sender.connection : connectionOf();
    const at = sender ? sender.host : host;
    const stored = payload(value);
    this.#submit(at, { type: "push", connection, key, value: stored, action, n: n ?? undefined });
    if (sender && !sender.counts) return;
    const answer = this.#reference.push(key, value, action, from && n ? { cid: from.cid, n } : null);
    const { seq, size, prev } = answer;
    const event = { key, seq, from: from?.cid ?? null, n: n ?? undefined };
    if (answer.broadcast) this.#event({ type: "message", value, action: action.type, prev, ...event });
    if (answer.compacted) this.#event({ type: "compacted", value, ...event });
    this.#answer(at, answer.outOfStep ? { type: "outOfStep" } : { type: "stored", seq, size });
  }

  #refuse({ from, host }: Extract<Step, { do: "refuse" }>): void {
    const { connection, counts, host: at } = this.#senderOf(from.cid, from.former, host);
    const n = this.#numberOf(from);
    const why = { code: "bad_key", message: "key is not valid" } as const;
    this.#submit(at, { type: "refuse", connection, n, ...why });
    if (!counts) return;
    const { outOfStep, again, seq } = this.#reference.refuse({ cid: from.cid, n });
    if (outOfStep) this.#answer(at, { type: "outOfStep" });
    else this.#answer(at, again ? { type: "stored", seq, size: 0 } : { type: "refused", why });
  }

  #get(host: number, key: string, seq: number): void {
    this.#submit(host, { type: "get", connection: connectionOf(), key, seq });
    const entries = this.#reference.get(key, seq).map(({ seq, value }) => [seq, value]);
    this.#answer(host, { type: "entries", entries });
  }

  #resume({ host, key, seq, sameEpoch }: Extract<Step, { do: "resume" }>): void {
    const epoch = sameEpoch ? this.#epoch : "another";
    this.#submit(host, { type: "resume", connection: connectionOf(), key, seq, epoch });
    const { reset, data } = this.#reference.resume(key, seq, sameEpoch);
    const entries = data.map(({ seq, value }) => [seq, value]);
    const { head } = this.#reference;
    this.#answer(host, { type: "history", reset, head, entries, held: this.#reference.heldFor(key) });
  }

  /** Joins a new connection of a session. */
  #join(cid: string, host: number): void {
    const connection = connectionOf(cid);
    const number = this.#connections.push({ connection, host }) - 1;
    this.#of.set(cid, [...(this.#of.get(cid) ?? []), number]);
    this.#submit(host, { type: "join", connection });
    const former = this.#reference.join(cid, number);
    if (former !== undefined) this.#event({ type: "takenOver", former });
    const acks = this.#reference.acks(cid);
    this.#answer(host, {
      type: "joined",
      epoch: this.#epoch,
      head: this.#reference.head,
      acked: acks.length,
      acks,
      term: this.#terms.at(-1),
      resumed: this.#reference.held.some(({ from }) => from === cid),
    });
  }

  #leave({ cid, former, code }: Extract<Step, { do: "leave" }>): void {
    const number = this.#numberOfConnection(cid, former);
    const entry = number === undefined ? undefined : this.#connections[number];
    if (number === undefined || !entry) return;
    this.#submit(entry.host, { type: "leave", connection: entry.connection, code });
    for (const [key, seq] of this.#reference.leave(cid, number, code, this.#clock.now())) {
      this.#event({ type: "released", key, from: cid, seq });
    }
  }

  #hold({ cid, former, host, key, value }: Extract<Step, { do: "hold" }>): void {
    const { connection, isHere, host: at } = this.#senderOf(cid, former, host);
    this.#submit(at, { type: "hold", connection, key, value: payload(value) });
    const hold = isHere && this.#reference.hold(cid, key, value);
    if (hold) this.#event({ type: "held", key, value, seq: hold.seq, from: cid, was: hold.was });
  }

  #release({ cid, former, host, key }: Extract<Step, { do: "release" }>): void {
    const { connection, isHere, host: at } = this.#senderOf(cid, former, host);
    this.#submit(at, { type: "release", connection, key });
    if (!isHere) return;
    for (const [held, seq] of this.#reference.release(cid, key)) {
      this.#event({ type: "released", key: held, from: cid, seq });
    }
  }

  /** Waits until all requests are answered, and compares the outputs. */
  async #turn(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.barrier()));
    for (const [i, host] of this.#hosts.entries()) {
      const seen = host.outputs.splice(0).filter(({ type }) => type !== "reached");
      expect(seen.map((output) => this.#shape(output))).toEqual(this.#wanted[i]);
    }
    this.#wanted = this.#hosts.map(() => []);
  }

  /** Lets time pass, which ends sessions. */
  async #wait(ms: number): Promise<void> {
    await this.#turn();
    this.#clock.advance(ms);
    for (const [cid, key, seq] of this.#reference.end(this.#clock.now())) {
      this.#event({ type: "released", key, from: cid, seq });
    }
    await new Promise((resolve) => setImmediate(resolve));
    await this.#turn();
  }

  /** Closes and opens the room: in the same engine, in one that was restarted, or after a crash. */
  async #again(how: "reopen" | "restart" | "crash"): Promise<void> {
    await this.#turn();
    const reference = this.#reference;
    // The engine commits this request, although no host waits for the answer.
    const last = { type: "push", key: "", value: payload("last"), action: { type: "append" } } as const;
    this.#submit(0, { ...last, connection: connectionOf() });
    reference.push("", "last", { type: "append" }, null);
    const crashes = how === "crash" && this.#subject.crash !== undefined;
    if (crashes) {
      await this.#hosts[0]?.barrier();
      await this.#subject.crash?.();
    } else {
      for (const host of this.#hosts) host.close();
      if (how === "restart") await this.#subject.restart?.();
    }
    // A new opening of the room has a new term, without holds and attendance (S9).
    reference.held = [];
    reference.attending = new Map();
    reference.takenOver = new Set();
    this.#connections = [];
    this.#of.clear();
    await this.#open();
    if (crashes) await this.#learnHead();
  }

  async #open(): Promise<void> {
    const { engine } = this.#subject;
    this.#hosts = [];
    while (this.#hosts.length < HOSTS) this.#hosts.push(await TestHost.open(engine, this.#id));
    this.#wanted = this.#hosts.map(() => []);
    const [host] = this.#hosts;
    const answer = await host?.ask({ type: "join", connection: connectionOf("nobody") });
    if (answer?.type !== "joined") throw new Error(`the answer is ${answer?.type}`);
    const { epoch, term } = answer;
    this.#epoch = epoch;
    expect(this.#terms).not.toContain(term);
    this.#terms.push(term);
    for (const { outputs } of this.#hosts) outputs.length = 0;
  }

  /** Checks that after a crash the next seq is higher, and at most beyond the reservation (M1). */
  async #learnHead(): Promise<void> {
    const answer = await this.#hosts[0]?.push("relay", 0, "relay");
    if (answer?.type !== "stored") throw new Error(`the answer is ${answer?.type}`);
    expect(answer.seq).toBeGreaterThan(this.#reference.head);
    expect(answer.seq).toBeLessThanOrEqual(this.#reference.head + 16_385);
    this.#reference.head = answer.seq;
    for (const host of this.#hosts) await host.barrier();
    for (const { outputs } of this.#hosts) outputs.length = 0;
  }

  #submit(host: number, request: Parameters<TestHost["submit"]>[0]): void {
    this.#hosts[host]?.submit(request);
  }

  /** Expects an event on all hosts. */
  #event(event: unknown): void {
    for (const wanted of this.#wanted) wanted.push(event);
  }

  /** Expects an answer on one host. */
  #answer(host: number, answer: unknown): void {
    this.#wanted[host]?.push(answer);
  }

  /** The number of a message. `off` is the difference to the next one of the session. */
  #numberOf({ cid, off }: { cid: string; off: number }): number {
    return Math.max(1, this.#reference.acked(cid) + 1 + off);
  }

  /** A session's last connection, or the one before, or one that never joined. */
  #senderOf(cid: string, former: boolean, host: number) {
    const number = this.#numberOfConnection(cid, former);
    const entry = number === undefined ? undefined : this.#connections[number];
    if (number === undefined || !entry) {
      const counts = !this.#reference.attending.has(cid);
      return { connection: connectionOf(cid), host, counts, isHere: false };
    }
    const counts = this.#reference.counts(cid, number);
    return { ...entry, counts, isHere: this.#reference.isHere(cid, number) };
  }

  #numberOfConnection(cid: string, former: boolean): number | undefined {
    return this.#of.get(cid)?.at(former ? -2 : -1);
  }

  /** The compared form of an output. */
  #shape(output: Output): unknown {
    switch (output.type) {
      case "message": {
        const { decoded: _, value, ...event } = output;
        return { ...event, value: value.value };
      }
      case "held": {
        const { decoded: _, value, ...event } = output;
        return { ...event, value: value.value };
      }
      case "compacted":
        return { ...output, value: output.value.value };
      case "takenOver": {
        const former = this.#connections.findIndex(({ connection }) => connection === output.connection);
        expect(CIDS).toContain(output.name);
        return { type: "takenOver", former };
      }
      case "entries":
        return { type: "entries", entries: output.entries.map(({ seq, value }) => [seq, value.value]) };
      case "history": {
        const { entries, held, ...history } = output.history;
        return {
          type: "history",
          ...history,
          entries: entries.map(({ seq, value }) => [seq, value.value]),
          held: held.map(({ from, value, seq }) => ({ from, value: value.value, seq })),
        };
      }
      default: {
        if (!("request" in output)) return output;
        const { request: _, ...answer } = output;
        return answer;
      }
    }
  }
}

import type { Action } from "driftdb-protocol";
import fc from "fast-check";
import { expect } from "vitest";
import type { Commit } from "../src/core/commit.js";
import type { Connection, RoomRequest } from "../src/core/request.js";
import type { Room } from "../src/core/room.js";
import type { SessionRecord } from "../src/core/session.js";
import type { Entry } from "../src/core/stream.js";
import { type Text, text } from "./core-room.js";
import { connectionOf } from "./test-host.js";

export const CIDS = ["a", "b"];
export const KEYS = ["k", "l", "m"];
const PLAIN = connectionOf();

/** Small enough that random turns reach each limit. */
export const LIMITS = { keys: 2, messagesPerKey: 4, bytesPerKey: 300, bytesPerRoom: 450 };

export type Step =
  | { do: "push"; key: string; size: number; action: Action; from: Numbered | null }
  | { do: "refuse"; from: Numbered }
  | { do: "hold"; key: string; size: number; from: Who }
  | { do: "release"; key: string; from: Who }
  | { do: "join"; cid: string }
  | { do: "leave"; from: Who; code: number }
  | { do: "get" | "resume" | "keys" | "barrier"; key: string };

/** The newest connection of a session, or the one before. */
type Who = { cid: string; former: boolean };
/** `off` is the difference between the message's number and the next one of its session. */
type Numbered = Who & { off: number };

const key = fc.constantFrom(...KEYS);
const cid = fc.constantFrom(...CIDS);
const size = fc.constantFrom(1, 40, 160);
const former = fc.constantFrom(false, false, false, true);
const from = fc.record({ cid, former });
const numbered = fc.record({ cid, former, off: fc.constantFrom(0, 0, 0, -1, 1) });
const action = fc.oneof(
  fc.constantFrom<Action>({ type: "append" }, { type: "replace" }, { type: "relay" }),
  fc.integer({ min: 0, max: 20 }).map((seq): Action => ({ type: "compact", seq })),
);
const code = fc.constantFrom(1000, 1001, 1006);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("push" as const), key, size, action, from: fc.option(numbered) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuse" as const), from: numbered }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("hold" as const), key, size, from }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), key, from }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join" as const), cid }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), from, code }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("get", "resume", "keys", "barrier"), key }),
  },
);
/** The steps of one turn, the ms since the turn before, and whether its commit fails. */
export const turn = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  wait: fc.constantFrom(0, 1, 1_000, 2_000, 15_000),
  fails: fc.boolean(),
});

/** Makes requests of steps. */
export class Script {
  readonly #connections = new Map(CIDS.map((cid) => [cid, [connectionOf(cid), connectionOf(cid)]]));
  #values = 0;

  requests(steps: readonly Step[], room: Room<Text>): RoomRequest<Text>[] {
    const acked = new Map(CIDS.map((cid) => [cid, room.state.sessions.get(cid)?.acked ?? 0]));
    const next = ({ cid, off }: Numbered): number => {
      const due = (acked.get(cid) ?? 0) + 1;
      if (off === 0) acked.set(cid, due);
      return Math.max(1, due + off);
    };
    return steps.map((step) => this.#request(step, next));
  }

  #request(step: Step, next: (from: Numbered) => number): RoomRequest<Text> {
    switch (step.do) {
      case "push": {
        const { key, size, action, from } = step;
        const connection = from ? this.#of(from) : PLAIN;
        return {
          type: "push",
          connection,
          key,
          value: this.#value(size),
          action,
          n: from ? next(from) : undefined,
        };
      }
      case "refuse":
        return {
          type: "refuse",
          connection: this.#of(step.from),
          n: next(step.from),
          code: "bad_key",
          message: "",
        };
      case "hold":
        return {
          type: "hold",
          connection: this.#of(step.from),
          key: step.key,
          value: this.#value(step.size),
        };
      case "release":
        return { type: "release", connection: this.#of(step.from), key: step.key };
      case "join": {
        const connection = connectionOf(step.cid);
        this.#connections.get(step.cid)?.push(connection);
        return { type: "join", connection };
      }
      case "leave":
        return { type: "leave", connection: this.#of(step.from), code: step.code };
      case "get":
        return { type: "get", connection: PLAIN, key: step.key, seq: 0 };
      case "resume":
        return { type: "resume", connection: PLAIN, key: step.key, seq: 2, epoch: "epoch" };
      case "keys":
        return { type: "keys", connection: PLAIN };
      case "barrier":
        return { type: "barrier", connection: PLAIN, mark: step };
    }
  }

  #of({ cid, former }: Who): Connection {
    return this.#connections.get(cid)?.at(former ? -2 : -1) ?? PLAIN;
  }

  /** One of five values, so that sessions sometimes hold the same value again. */
  #value(size: number): Text {
    return text(`${this.#values++ % 5}`, size);
  }
}

/** A store without rules: it drops and puts the rows of commits. */
export class RowStore {
  readonly #rows = new Map<string, Entry<Text>[]>();
  readonly #sessions = new Map<string, SessionRecord>();
  #head = 0;
  #number = 0;

  commit({ streams, sessions, head, number }: Commit<Text>): void {
    for (const { key, dropped, put } of streams) {
      const remaining = (this.#rows.get(key) ?? []).filter(({ seq }) => !dropped.includes(seq));
      // Stores load rows in the order of seqs. A snapshot's seq is lower than those of the remaining rows.
      this.#rows.set(
        key,
        [...remaining, ...put].sort((a, b) => a.seq - b.seq),
      );
    }
    for (const [cid, record] of sessions) if (record) this.#sessions.set(cid, record);
    this.#head = head;
    if (number !== undefined) expect(number).toBe(++this.#number);
  }

  expectSame({ state }: Room<Text>): void {
    expect([state.head, state.number]).toEqual([this.#head, this.#number]);
    expect(new Map(Array.from(state.streams, ([key, stream]) => [key, stream.since(-1)]))).toEqual(
      this.#rows,
    );
    for (const cid of CIDS) {
      const stored = this.#sessions.get(cid);
      const session = state.sessions.get(cid);
      expect([session?.acked, session?.seqs]).toEqual([stored?.acked, stored?.seqs]);
    }
  }
}

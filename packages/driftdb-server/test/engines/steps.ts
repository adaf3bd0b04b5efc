import type { Action } from "driftdb-protocol";
import fc from "fast-check";

/** A session's last connection or, for a late frame, the one before. */
interface Who {
  cid: string;
  former: boolean;
}

/**
 * The sender of a numbered message. `off` is 0 for the next number, below 0 for a repetition, and 1 for a
 * gap.
 */
interface Numbered extends Who {
  off: number;
}

/** A step of a random run. `host` is the index of a host, unless the connection decides it. */
export type Step =
  | { do: "push"; host: number; key: string; value: unknown; action: Action; from: Numbered | null }
  | { do: "get"; host: number; key: string; seq: number }
  | { do: "resume"; host: number; key: string; seq: number; sameEpoch: boolean }
  | { do: "join"; host: number; cid: string }
  | ({ do: "leave"; code: number } & Who)
  | { do: "refuse"; host: number; from: Numbered }
  | ({ do: "hold"; host: number; key: string; value: unknown } & Who)
  | ({ do: "release"; host: number; key: string } & Who)
  | { do: "wait"; ms: number }
  | { do: "turn" | "reopen" | "restart" | "crash" };

export const CIDS = ["alice", "bob", "carol"];
export const KEYS = ["", "a", "b", "a\u0000b", "schlüssel/🗝"];

const cid = fc.constantFrom(...CIDS);
const key = fc.constantFrom(...KEYS);
const host = fc.constantFrom(0, 1);
const former = fc.constantFrom(false, false, false, true);
const who = { cid, former };
const numbered = fc.record({ ...who, off: fc.constantFrom(0, 0, 0, -1, -1, -2, 1) });
const seq = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -1, max: 25 }) }, fc.integer());
const from0 = seq.map((n) => Math.max(0, n));
const value = fc.oneof(
  fc
    .jsonValue({ maxDepth: 2 })
    .filter((value) => value !== null)
    // JSON has no -0.
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => ({ bytes })),
);
/** A few values, so that sessions hold the same one again (D19). */
const held = fc.constantFrom<unknown>(1, "1", { a: [1] }, { bytes: [1] }, { bytes: Uint8Array.of(1) });
const plain = fc.constantFrom<Action>(
  { type: "append" },
  { type: "append" },
  { type: "replace" },
  { type: "relay" },
);
const compact = fc
  .record({ seq, last: fc.option(seq, { nil: undefined }) })
  .map(({ seq, last }): Action => ({ type: "compact", seq, ...(last !== undefined && { last }) }));
const action = fc.oneof({ weight: 3, arbitrary: plain }, { weight: 2, arbitrary: compact });
const code = fc.constantFrom(1000, 1001, 1006, 4009, 4001);
const ms = fc.constantFrom(1_999, 2_000, 13_000, 15_000);

/** A step of a given kind. */
const a = <Do extends Step["do"], Model>(
  kind: Do,
  model: { [Field in keyof Model]: fc.Arbitrary<Model[Field]> },
) => fc.record({ do: fc.constant(kind), ...model });

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: a("push", { host, key, value, action, from: fc.option(numbered, { freq: 4 }) }) },
  { weight: 6, arbitrary: a("get", { host, key, seq: from0 }) },
  { weight: 4, arbitrary: a("resume", { host, key, seq: from0, sameEpoch: fc.boolean() }) },
  { weight: 5, arbitrary: a("join", { host, cid }) },
  { weight: 3, arbitrary: a("leave", { ...who, code }) },
  { weight: 2, arbitrary: a("refuse", { host, from: numbered }) },
  { weight: 8, arbitrary: a("hold", { host, ...who, key, value: held }) },
  { weight: 3, arbitrary: a("release", { host, ...who, key }) },
  { weight: 2, arbitrary: a("wait", { ms }) },
  { weight: 6, arbitrary: a("turn", {}) },
  { weight: 2, arbitrary: a("reopen", {}) },
  { weight: 1, arbitrary: fc.oneof(a("restart", {}), a("crash", {})) },
) as fc.Arbitrary<Step>;

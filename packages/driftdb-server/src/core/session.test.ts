import { MAX_IN_FLIGHT } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import { acksOf, Session } from "./session.js";
import { Sessions } from "./sessions.js";

/** A session of `count` messages. Each has ten times its number as seq. */
const sessionOf = (count: number) => {
  const session = new Session();
  for (let n = 1; n <= count; n++) session.record([n * 10]);
  return session;
};

describe("Session", () => {
  test("S1 acksOf returns the newest numbers with their seqs, rising", () => {
    expect(acksOf(new Session())).toEqual([]);
    expect(acksOf(sessionOf(3))).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    const acks = acksOf(sessionOf(MAX_IN_FLIGHT + 3));
    expect(acks).toHaveLength(MAX_IN_FLIGHT);
    expect([acks[0], acks.at(-1)]).toEqual([
      [4, 40],
      [MAX_IN_FLIGHT + 3, (MAX_IN_FLIGHT + 3) * 10],
    ]);
  });

  test("a restored session copies its seqs", () => {
    const seqs = [7, 0, 9];
    const session = new Session(5, seqs);
    session.record([11]);
    expect(seqs).toEqual([7, 0, 9]);
    expect(acksOf(session)).toEqual([
      [3, 7],
      [4, 0],
      [5, 9],
      [6, 11],
    ]);
  });
});

describe("SessionDraft", () => {
  test("counts on from the session, which changes only when the draft lands", () => {
    const session = sessionOf(2);
    const draft = session.draft();
    draft.record(25);
    draft.record(0);
    expect([draft.acked, draft.seqs]).toEqual([4, [10, 20, 25, 0]]);
    expect([session.acked, session.seqs]).toEqual([2, [10, 20]]);
    draft.land(session);
    expect([session.acked, session.seqs]).toEqual([4, [10, 20, 25, 0]]);
  });

  test("S3 finds the seqs of the remembered numbers, in the session and in the draft", () => {
    const draft = sessionOf(MAX_IN_FLIGHT + 2).draft();
    draft.record(5_000);
    const last = MAX_IN_FLIGHT + 3;
    expect([last, last - 1, 3].map((n) => draft.seqOf(n))).toEqual([5_000, (last - 1) * 10, 30]);
    expect([2, 1].map((n) => draft.seqOf(n))).toEqual([0, 0]);
  });

  test("does not change when the session changes", () => {
    const session = sessionOf(300);
    const draft = session.draft();
    draft.record(3_010);
    const before = structuredClone([
      draft.acked,
      draft.seqs,
      draft.seqOf(301),
      draft.seqOf(300),
      draft.seqOf(45),
    ]);
    expect(before).toEqual([301, expect.any(Array), 3_010, 3_000, 450]);
    draft.land(session);
    for (let n = 302; n <= 1_000; n++) session.record([n * 10]);
    expect([draft.acked, draft.seqs, draft.seqOf(301), draft.seqOf(300), draft.seqOf(45)]).toEqual(before);
  });

  test("S3 remembers MAX_IN_FLIGHT numbers, even of a turn with more", () => {
    const session = sessionOf(1);
    const draft = session.draft();
    for (let n = 2; n <= MAX_IN_FLIGHT + 5; n++) draft.record(n * 10);
    const { acked, seqs } = draft;
    expect([acked, seqs.length, seqs[0]]).toEqual([MAX_IN_FLIGHT + 5, MAX_IN_FLIGHT, 60]);
    draft.land(session);
    expect([session.acked, session.seqs]).toEqual([acked, seqs]);
  });
});

describe("Sessions", () => {
  const MAX_SESSIONS = 10_000;
  /** The sessions of a full room. `s0` is the least recently used one. */
  const full = () => {
    const sessions = new Sessions();
    for (let i = 0; i < MAX_SESSIONS; i++) sessions.use(`s${i}`, new Session(1, [i]));
    return sessions;
  };
  const draftsOf = (sessions: Sessions, cids: readonly string[]) =>
    new Map(
      cids.map((cid) => {
        const draft = (sessions.get(cid) ?? new Session()).draft();
        draft.record(99);
        return [cid, draft];
      }),
    );

  test("S3 a turn that adds sessions to a full room forgets as many of the least recently used ones", () => {
    const sessions = full();
    expect(sessions.forgottenFor(draftsOf(sessions, ["s5"]))).toEqual([]);
    const drafts = draftsOf(sessions, ["new 1", "s0", "s2", "new 2"]);
    const forgotten = sessions.forgottenFor(drafts);
    expect(forgotten).toEqual(["s1", "s3"]);
    expect(sessions.get("s1")).toBeDefined();
    expect(sessions.get("new 1")).toBeUndefined();
    sessions.land(drafts, forgotten);
    expect(["s1", "s3"].map((cid) => sessions.get(cid))).toEqual([undefined, undefined]);
    expect(["new 1", "s0", "s4"].map((cid) => sessions.get(cid)?.acked)).toEqual([1, 2, 1]);
    // The sessions that the turn used are now the most recently used ones.
    expect(sessions.forgottenFor(draftsOf(sessions, ["new 3", "new 4"]))).toEqual(["s4", "s5"]);
  });

  test("S3 a room with fewer sessions forgets none", () => {
    const sessions = new Sessions();
    for (let i = 0; i < MAX_SESSIONS - 1; i++) sessions.use(`s${i}`, new Session());
    expect(sessions.forgottenFor(draftsOf(sessions, ["new"]))).toEqual([]);
    expect(sessions.forgottenFor(draftsOf(sessions, ["new 1", "new 2"]))).toEqual(["s0"]);
  });

  test("S3 a session that is used again is remembered longer", () => {
    const sessions = full();
    for (const cid of ["s0", "s0", "s9999", "s1"]) sessions.use(cid, sessions.get(cid) as Session);
    expect(sessions.forgottenFor(draftsOf(sessions, ["new 1", "new 2"]))).toEqual(["s2", "s3"]);
  });
});

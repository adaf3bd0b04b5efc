import { describe, expect, test } from "vitest";
import { commitTurn, coreRoom, pictureOf, pushOf, type Text, text } from "../../test/core-room.js";
import { connectionOf } from "../../test/test-host.js";
import type { RoomOutput } from "./output.js";
import type { Connection, RoomRequest } from "./request.js";
import type { Room } from "./room.js";
import { RoomState } from "./room-state.js";
import { Session } from "./session.js";

type Commit = ReturnType<typeof commitTurn>["commit"];

const PLAIN = connectionOf();
const A = connectionOf("a");
const B = connectionOf("b");

const join = (connection: Connection): RoomRequest<Text> => ({ type: "join", connection });
const leave = (connection: Connection, code: number): RoomRequest<Text> => ({
  type: "leave",
  connection,
  code,
});
const get = (key: string, seq = 0): RoomRequest<Text> => ({ type: "get", connection: PLAIN, key, seq });
const hold = (connection: Connection, key: string, value: string): RoomRequest<Text> => ({
  type: "hold",
  connection,
  key,
  value: text(value),
});
const release = (connection: Connection, key: string): RoomRequest<Text> => ({
  type: "release",
  connection,
  key,
});
const refuse = (connection: Connection, n: number): RoomRequest<Text> => {
  return { type: "refuse", connection, n, code: "bad_key", message: "the key is too long" };
};
const barrier: RoomRequest<Text> = { type: "barrier", connection: PLAIN, mark: "here" };
const compact = (seq: number, value = "s") => pushOf(PLAIN, "k", value, { type: "compact", seq });

/** A room with the sessions `a` and `b`. `a` holds "1" for "held", and "k" retains the seqs 2 and 3. */
function room(): Room<Text> {
  const room = coreRoom({ keys: 2 });
  commitTurn(room, [join(A), join(B), hold(A, "held", "1")]);
  commitTurn(room, [pushOf(PLAIN, "k", "x"), pushOf(A, "k", "y", "append", 1)]);
  return room;
}

const typesOf = (outputs: readonly RoomOutput<Text>[]) => outputs.map(({ type }) => type);

describe("Turn.commit", () => {
  test("returns room, epoch, life, head, time, number, events and changes", () => {
    const it = room();
    const turn = it.apply([pushOf(PLAIN, "k", "z")], 5);
    expect(turn.commit(1_700_000_000_000)).toEqual({
      room: "room",
      epoch: "epoch",
      life: "life",
      head: 4,
      time: 1_700_000_000_000,
      number: 2,
      events: [turn.outputs[0]],
      streams: [{ key: "k", dropped: [], put: [{ seq: 4, value: text("z"), snapshot: false }] }],
      sessions: new Map(),
    });
  });

  const storing: [what: string, request: RoomRequest<Text>][] = [
    ["an append", pushOf(PLAIN, "k", "v")],
    ["a replace", pushOf(PLAIN, "k", "v", "replace")],
    ["a compaction that is applied", compact(2)],
    ["a numbered relay", pushOf(B, "k", "v", "relay", 1)],
    ["a numbered message that the room refuses", pushOf(B, "other 2", "v", "append", 1)],
    ["a numbered message that breaks a rule", refuse(B, 1)],
  ];
  test.each(storing)("has the next number for %s", (_, request) => {
    const it = room();
    expect(it.state.number).toBe(1);
    commitTurn(it, [pushOf(PLAIN, "other", "v")]);
    expect(commitTurn(it, [request, barrier]).commit.number).toBe(3);
    expect(it.state.number).toBe(3);
    expect(commitTurn(it, [pushOf(PLAIN, "k", "v")]).commit.number).toBe(4);
  });

  const storingNothing: [what: string, head: number, ...requests: RoomRequest<Text>[]][] = [
    ["nothing", 3],
    ["a relay", 4, pushOf(PLAIN, "k", "v", "relay")],
    ["a hold and a release", 5, hold(A, "k", "v"), release(A, "held")],
    ["the end of a session", 4, leave(A, 1000)],
    ["a get, a list of keys and a barrier", 3, get("k"), { type: "keys", connection: PLAIN }, barrier],
    ["a resume", 3, { type: "resume", connection: A, key: "k", seq: 0, epoch: "epoch" }],
    ["a join and a leave", 3, join(connectionOf("c")), join(connectionOf("a")), leave(B, 1006)],
    ["a compaction without effect", 3, compact(9)],
    ["a plain message that the room refuses", 3, pushOf(PLAIN, "k", "x".repeat(50))],
    ["a repeated message, and one that is out of step", 3, pushOf(A, "k", "y", "append", 1), refuse(A, 3)],
  ];
  test.each(storingNothing)("has a head, but no number for %s", (what, head, ...requests) => {
    const it = what.startsWith("a plain message") ? full() : room();
    const before = it.state.number;
    const { commit } = commitTurn(it, requests);
    expect([commit.number, commit.head]).toEqual([undefined, head]);
    expect([commit.streams, commit.sessions.size]).toEqual([[], 0]);
    expect([it.state.number, it.state.head]).toEqual([before, head]);
  });

  /** A room that has reached `bytesPerRoom`. */
  function full(): Room<Text> {
    const it = coreRoom({ bytesPerRoom: 3 });
    for (const value of ["x", "y", "z"]) commitTurn(it, [pushOf(PLAIN, "k", value)]);
    return it;
  }

  test("has the events in order, and the outputs are the same events with the answers between them", () => {
    const it = room();
    const again = connectionOf("a");
    const requests = [
      pushOf(B, "k", "1", "append", 1),
      hold(A, "held", "2"),
      join(again),
      get("k", 3),
      pushOf(B, "k", "2", { type: "compact", seq: 4 }, 2),
      release(again, "held"),
      leave(again, 1000),
      pushOf(PLAIN, "other", "3", "relay"),
      barrier,
    ] as const;
    const { outputs, commit } = commitTurn(it, requests);
    expect(commit.events).toEqual([
      { type: "message", key: "k", value: text("1"), action: "append", seq: 4, prev: 3, from: "b", n: 1 },
      { type: "held", key: "held", value: text("2"), seq: 5, from: "a", was: 1 },
      { type: "takenOver", connection: A, name: "a" },
      { type: "compacted", key: "k", value: text("2"), seq: 4, from: "b", n: 2 },
      { type: "released", key: "held", from: "a", seq: 6 },
      { type: "message", key: "other", value: text("3"), action: "relay", seq: 7, prev: 0, from: null },
    ]);
    expect(outputs.filter((output) => !("request" in output))).toEqual(commit.events);
    expect(typesOf(outputs)).toEqual([
      ...["message", "stored"],
      "held",
      ...["takenOver", "joined"],
      "entries",
      ...["compacted", "stored"],
      "released",
      ...["message", "stored"],
      "reached",
    ]);
    const asked = outputs.flatMap((output) => ("request" in output ? [output.request] : []));
    expect(asked).toEqual([0, 2, 3, 4, 7, 8].map((i) => requests[i]));
  });

  test("P7 passes on the decoded value of a request", () => {
    const decoded = { some: "value" };
    const push = { ...pushOf(PLAIN, "k", "v"), decoded } as RoomRequest<Text>;
    const { events } = commitTurn(room(), [
      push,
      { ...hold(A, "k", "v"), decoded } as RoomRequest<Text>,
    ]).commit;
    expect(events.map((event) => "decoded" in event && event.decoded === decoded)).toEqual([true, true]);
  });

  test("S3 has the new state of each session that the turn changed, and no other session", () => {
    const { sessions } = commitTurn(room(), [
      pushOf(A, "k", "1", "append", 2),
      pushOf(B, "k", "2", "relay", 2),
      pushOf(B, "k", "1", "relay", 1),
      refuse(A, 3),
      pushOf(A, "k", "3", { type: "compact", seq: 3 }, 4),
      pushOf(A, "k", "1", "append", 2),
      join(connectionOf("c")),
    ]).commit;
    expect(Array.from(sessions, ([cid, record]) => [cid, record?.acked, record?.seqs])).toEqual([
      ["a", 4, [3, 4, 0, 3]],
      ["b", 1, [5]],
    ]);
  });

  test("does not change with later turns of the room", () => {
    const it = room();
    const turn = (n: number) =>
      commitTurn(it, [pushOf(B, "k", `${n}`, "append", n), hold(A, "held", `${-n}`)]).commit;
    const picture = ({ head, events, streams, sessions }: ReturnType<typeof turn>) =>
      structuredClone({
        ...{ head, events, streams },
        sessions: Array.from(sessions, ([cid, record]) => [cid, record?.acked, record?.seqs]),
      });
    const commits = Array.from({ length: 400 }, (_, i) => turn(i + 1));
    const [first, last] = [picture(commits[0] as Commit), picture(commits[399] as Commit)];
    expect(first.sessions).toEqual([["b", 1, [4]]]);
    expect(last.sessions).toEqual([["b", 400, Array.from({ length: 256 }, (_, i) => 4 + 2 * (i + 144))]]);
    commitTurn(it, [pushOf(PLAIN, "k", "x", "replace")]);
    for (let n = 401; n <= 800; n++) turn(n);
    expect(picture(commits[0] as Commit)).toEqual(first);
    expect(picture(commits[399] as Commit)).toEqual(last);
  });

  test("S3 names the sessions that the room forgets, beyond 10,000", () => {
    const state = new RoomState<Text>("epoch");
    for (let i = 0; i < 10_000; i++) state.restoreSession(`s${i}`, new Session(1, [0]));
    const it = coreRoom({}, state);
    const turn = it.apply(
      ["s0", "new 1", "new 2"].map((cid) =>
        pushOf(connectionOf(cid), "k", "v", "append", cid === "s0" ? 2 : 1),
      ),
      0,
    );
    const commit = turn.commit(0);
    expect(Array.from(commit.sessions, ([cid, record]) => [cid, record ? record.acked : null])).toEqual([
      ["s0", 2],
      ["new 1", 1],
      ["new 2", 1],
      ["s1", null],
      ["s2", null],
    ]);
    expect(state.sessions.get("s1")).toBeDefined();
    it.land(turn, commit);
    expect(["s1", "s2"].map((cid) => state.sessions.get(cid))).toEqual([undefined, undefined]);
    expect(["s0", "s3", "new 1"].map((cid) => state.sessions.get(cid)?.acked)).toEqual([2, 1, 1]);
    // The room treats a forgotten session like a new one.
    expect(typesOf(commitTurn(it, [pushOf(connectionOf("s1"), "k", "v", "append", 2)]).outputs)).toEqual([
      "outOfStep",
    ]);
  });
});

describe("Turn", () => {
  test("changes the room only when it lands", () => {
    const it = room();
    const see = () => pictureOf(it, ["k", "held", "other"], ["a", "b", "c"]);
    const before = see();
    const turn = it.apply(
      [
        pushOf(PLAIN, "k", "1"),
        pushOf(A, "other", "2", "replace", 2),
        compact(4),
        pushOf(PLAIN, "k", "3", "relay"),
        refuse(B, 1),
        hold(A, "held", "2"),
        hold(B, "held", "3"),
        hold(B, "other", "4"),
        release(A, "held"),
        leave(B, 1000),
      ],
      0,
    );
    const commit = turn.commit(0);
    expect(see()).toEqual(before);
    it.land(turn, commit);
    const row = (seq: number, value: string, snapshot = false) => ({ seq, value: text(value), snapshot });
    expect(see()).toEqual({
      head: 12,
      number: 2,
      bytes: 2,
      streams: [
        ["k", 1, [row(4, "s", true)]],
        ["other", 1, [row(5, "2")]],
      ],
      sessions: [
        {
          acked: 2,
          acks: [
            [1, 3],
            [2, 5],
          ],
        },
        { acked: 1, acks: [[1, 0]] },
        undefined,
      ],
      heldBytes: 0,
      held: ["k", "held", "other"].map((key) => [key, 0, []]),
      heldKeys: [[], [], []],
    });
  });

  test("M3 P5 shows its changes to its own later requests", () => {
    const { outputs } = commitTurn(room(), [
      pushOf(A, "other", "1", "append", 2),
      get("k"),
      hold(B, "k", "2"),
      { type: "resume", connection: B, key: "k", seq: 3, epoch: "epoch" },
      { type: "keys", connection: PLAIN },
      join(connectionOf("a")),
    ]);
    const [, , entries, , history, keys, , joined] = outputs;
    expect(entries).toMatchObject({ entries: [{ seq: 2 }, { seq: 3 }] });
    const held = [{ from: "b", value: text("2"), seq: 5 }];
    expect(history).toMatchObject({ history: { entries: [], reset: false, head: 5, held } });
    expect(keys).toMatchObject({ keys: ["k", "other"] });
    expect(joined).toMatchObject({
      epoch: "epoch",
      head: 5,
      acked: 2,
      acks: [
        [1, 3],
        [2, 4],
      ],
      term: "life",
      resumed: true,
    });
  });
});

describe("Turn, for a session", () => {
  test("S3 S8 answers a repeated message with its first seq, in the same turn and in a later one", () => {
    const it = room();
    const messages = [
      pushOf(B, "k", "1", "append", 1),
      pushOf(B, "k", "s", { type: "compact", seq: 3 }, 2),
      pushOf(B, "k", "late", { type: "compact", seq: 1 }, 3),
      refuse(B, 4),
    ];
    const seqs = (outputs: readonly RoomOutput<Text>[]) =>
      outputs.map((output) => (output.type === "stored" ? [output.seq, output.size] : output.type));
    const again: [seq: number, size: number][] = [
      [4, 0],
      [3, 0],
      [1, 0],
      [0, 0],
    ];
    expect(seqs(commitTurn(it, [...messages, ...messages]).outputs)).toEqual([
      ...["message", [4, 3]],
      ...["compacted", [3, 2]],
      [1, 2],
      "refused",
      ...again,
    ]);
    expect(seqs(commitTurn(it, messages).outputs)).toEqual(again);
  });

  test("S3 S13 does not apply a message after a gap, or any later one", () => {
    const it = room();
    const before = pictureOf(it, ["k"], ["a", "b"]);
    const { outputs } = commitTurn(it, [
      pushOf(A, "k", "v", "append", 3),
      refuse(A, 4),
      pushOf(B, "k", "v", "relay", 2),
    ]);
    expect(typesOf(outputs)).toEqual(["outOfStep", "outOfStep", "outOfStep"]);
    expect(pictureOf(it, ["k"], ["a", "b"])).toEqual(before);
  });

  test("S10 ignores a connection that was taken over", () => {
    const it = room();
    const again = connectionOf("a");
    const late = [
      pushOf(A, "k", "v", "append", 2),
      refuse(A, 2),
      hold(A, "held", "2"),
      release(A, "held"),
      leave(A, 1000),
      { type: "barrier", connection: A, mark: 1 },
      { type: "resume", connection: A, key: "k", seq: 0, epoch: "epoch" },
    ] as const;
    const { outputs } = commitTurn(it, [join(again), ...late]);
    expect(typesOf(outputs)).toEqual(["takenOver", "joined"]);
    expect(commitTurn(it, late, 60_000).outputs).toEqual([]);
    expect(typesOf(commitTurn(it, [pushOf(again, "k", "v", "relay", 2)]).outputs)).toEqual([
      "message",
      "stored",
    ]);
  });

  test("S9 applies holds and releases only of a connection that has joined and not left", () => {
    const it = room();
    const requests = (connection: Connection) => [hold(connection, "k", "2"), release(connection, "held")];
    expect(commitTurn(it, requests(connectionOf("a"))).outputs).toEqual([]);
    expect(commitTurn(it, [...requests(PLAIN), leave(A, 1006), ...requests(A)]).outputs).toEqual([]);
    expect(typesOf(commitTurn(it, [join(A), ...requests(A)], 14_999).outputs)).toEqual([
      "joined",
      "held",
      "released",
    ]);
  });

  test("D19 ignores a hold of the same value, and a release of nothing", () => {
    const requests = [hold(A, "held", "1"), release(A, "k"), release(B, "held")];
    const { outputs, commit } = commitTurn(room(), requests);
    expect([outputs, commit.head]).toEqual([[], 3]);
  });

  test("D20 refuses a hold beyond a limit, which gets no seq", () => {
    const it = room();
    const requests = ["1", "2", "3"].map((key) => hold(B, key, "v"));
    const { outputs, commit } = commitTurn(it, requests);
    expect(typesOf(outputs)).toEqual(["held", "held", "refused"]);
    expect(outputs[2]).toMatchObject({ request: requests[2], why: { code: "too_many_keys" } });
    expect(commit.head).toBe(5);
  });

  test("S9 the first turn after the end of a session releases its holds, after its own requests", () => {
    const it = room();
    commitTurn(it, [hold(A, "k", "2"), leave(A, 1001)], 1_000);
    expect(commitTurn(it, [get("k")], 2_999).outputs).toHaveLength(1);
    const { outputs } = commitTurn(it, [pushOf(PLAIN, "k", "z")], 3_000);
    expect(outputs.slice(2)).toEqual([
      { type: "released", key: "held", from: "a", seq: 6 },
      { type: "released", key: "k", from: "a", seq: 7 },
    ]);
    expect(commitTurn(it, [], 60_000).outputs).toEqual([]);
    expect(it.attendance.size).toBe(1);
  });

  test("S9 a session that ends, joins and leaves again in one turn still has an end", () => {
    const it = room();
    const again = connectionOf("a");
    commitTurn(it, [leave(A, 1000), join(again), hold(again, "k", "2"), leave(again, 1006)]);
    expect(it.attendance.nextEnd).toBe(15_000);
    expect(commitTurn(it, [], 15_000).outputs).toMatchObject([{ type: "released", key: "k" }]);
  });
});

import { describe, expect, test } from "vitest";
import { Attendance } from "./attendance.js";
import type { Connection, SessionId } from "./request.js";

const A: SessionId = { cid: "cid of a", name: "a" };
const B: SessionId = { cid: "cid of b", name: "b" };

const connections = (session: SessionId, count = 3): Connection[] =>
  Array.from({ length: count }, () => ({ session }));

/** Three connections of a session, of which the first has joined. */
function joined(session = A) {
  const attendance = new Attendance();
  const [first, second, third] = connections(session) as [Connection, Connection, Connection];
  attendance.join(session, first, 0);
  return { attendance, first, second, third };
}

/** How long a session lasts after a close with each code, in ms (S9). */
const GRACE: [code: number, ms: number][] = [
  [1000, 0],
  [4009, 0],
  [1001, 2_000],
  ...[1005, 1006, 1008, 1009, 1012, 1013, 4001, 4008, 4999].map((code): [number, number] => [code, 15_000]),
];

describe("Attendance, when a connection leaves", () => {
  test.each(GRACE)("S9 ends the session after close code %i and %i ms", (code, ms) => {
    const { attendance, first } = joined();
    expect(attendance.nextEnd).toBeUndefined();
    attendance.leave(A, first, code, 1_000);
    expect(attendance.nextEnd).toBe(1_000 + ms);
    expect(attendance.due(1_000 + ms - 1)).toEqual([]);
    expect(attendance.isDue(A.cid, 1_000 + ms - 1)).toBe(false);
    expect(attendance.due(1_000 + ms)).toEqual([A]);
    expect(attendance.isDue(A.cid, 1_000 + ms)).toBe(true);
    attendance.end(A.cid, 1_000 + ms);
    expect(attendance.due(1e9)).toEqual([]);
    expect(attendance.nextEnd).toBeUndefined();
    expect(attendance.size).toBe(0);
  });

  test.each([1001, 1006])(
    "S9 a session that joins again after close code %i does not end before it leaves again",
    (code) => {
      const { attendance, first, second, third } = joined();
      let now = 0;
      for (const [last, next] of [
        [first, second],
        [second, third],
      ] as const) {
        attendance.leave(A, last, code, now);
        now += 1_999;
        expect(attendance.join(A, next, now)).toBeUndefined();
        expect(attendance.nextEnd).toBeUndefined();
        expect(attendance.due(now + 60_000)).toEqual([]);
      }
      attendance.leave(A, third, code, now);
      expect(attendance.nextEnd).toBe(now + (code === 1001 ? 2_000 : 15_000));
    },
  );

  test("S9 each session has its own end, and nextEnd is the earliest", () => {
    const { attendance, first } = joined();
    const [other] = connections(B) as [Connection];
    attendance.join(B, other, 0);
    attendance.leave(B, other, 1006, 0);
    expect(attendance.nextEnd).toBe(15_000);
    attendance.leave(A, first, 1001, 10_000);
    expect(attendance.nextEnd).toBe(12_000);
    expect(attendance.due(12_000)).toEqual([A]);
    expect(new Set(attendance.due(15_000))).toEqual(new Set([A, B]));
    attendance.end(A.cid, 12_000);
    expect(attendance.nextEnd).toBe(15_000);
    expect(attendance.due(15_000)).toEqual([B]);
    expect(attendance.size).toBe(1);
  });

  test("S9 sessions that are due together end in the order of their ends", () => {
    const { attendance, first } = joined();
    const [other] = connections(B) as [Connection];
    attendance.join(B, other, 0);
    attendance.leave(A, first, 1006, 0);
    attendance.leave(B, other, 1001, 10_000);
    expect(attendance.due(20_000)).toEqual([B, A]);
  });

  test("S9 sessions that end at the same time end in the order of their closes", () => {
    const { attendance, first } = joined();
    const [other] = connections(B) as [Connection];
    attendance.join(B, other, 0);
    attendance.leave(B, other, 1006, 0);
    attendance.leave(A, first, 1006, 0);
    expect(attendance.due(15_000)).toEqual([B, A]);
  });

  test("S9 only the first close of a connection counts", () => {
    const { attendance, first } = joined();
    attendance.leave(A, first, 1006, 0);
    attendance.leave(A, first, 1000, 5_000);
    expect(attendance.nextEnd).toBe(15_000);
  });

  test("a connection that never joined ends nothing", () => {
    const attendance = new Attendance();
    const [first] = connections(A) as [Connection];
    attendance.leave(A, first, 1000, 0);
    expect(attendance.nextEnd).toBeUndefined();
    expect(attendance.size).toBe(0);
  });

  test("S10 the close of a connection that was taken over ends nothing", () => {
    const { attendance, first, second } = joined();
    attendance.join(A, second, 0);
    attendance.leave(A, first, 1000, 0);
    expect(attendance.nextEnd).toBeUndefined();
    attendance.leave(A, second, 1006, 1_000);
    attendance.leave(A, first, 1000, 2_000);
    expect(attendance.nextEnd).toBe(16_000);
  });
});

describe("Attendance, when a connection joins", () => {
  test("S10 it takes over the session of the present connection", () => {
    const { attendance, first, second, third } = joined();
    expect(attendance.join(A, second, 0)).toBe(first);
    expect(attendance.join(A, third, 0)).toBe(second);
    expect(attendance.join(A, third, 0)).toBeUndefined();
    expect(attendance.size).toBe(1);
  });

  test("S10 it takes over nothing from a connection that has left, or from another session", () => {
    const { attendance, first, second } = joined();
    const [other] = connections(B) as [Connection];
    expect(attendance.join(B, other, 0)).toBeUndefined();
    attendance.leave(A, first, 1006, 0);
    expect(attendance.join(A, second, 0)).toBeUndefined();
    attendance.leave(A, second, 1000, 0);
    attendance.end(A.cid, 0);
    expect(attendance.join(A, first, 0)).toBeUndefined();
    expect(attendance.size).toBe(2);
  });
});

describe("Attendance, for the requests of a connection", () => {
  /** What `first` and `second` may do after `does`. */
  const cases: [
    what: string,
    does: (it: ReturnType<typeof joined>) => void,
    first: string,
    second: string,
  ][] = [
    ["only the connection that acts for the session counts", () => {}, "counts, is here", ""],
    [
      "S10 a connection that was taken over does not count",
      ({ attendance, second }) => void attendance.join(A, second, 0),
      "",
      "counts, is here",
    ],
    [
      "S9 a connection that has left counts until its session ends, and cannot hold values",
      ({ attendance, first }) => attendance.leave(A, first, 1006, -14_999),
      "counts",
      "",
    ],
    [
      "S10 a connection that was taken over does not count again when the newer one leaves",
      ({ attendance, first, second }) => {
        attendance.join(A, second, -20_000);
        attendance.leave(A, second, 1006, -14_999);
        attendance.leave(A, first, 1000, 0);
      },
      "",
      "counts",
    ],
    [
      "S10 a connection that was taken over does not count, even after the end of its session",
      ({ attendance, first, second }) => {
        attendance.join(A, second, -20_000);
        attendance.leave(A, second, 1006, -15_000);
        attendance.leave(A, first, 1000, 0);
      },
      "",
      "counts",
    ],
    [
      "an ended session leaves no trace",
      ({ attendance, first }) => {
        attendance.leave(A, first, 1000, 0);
        attendance.end(A.cid, 0);
      },
      "counts",
      "counts",
    ],
    [
      "S10 a connection whose session is over is not taken over by the next one of its session",
      ({ attendance, first, second }) => {
        attendance.leave(A, first, 1000, 0);
        attendance.join(A, second, 0);
        attendance.leave(A, second, 1000, 0);
      },
      "counts",
      "counts",
    ],
    [
      "S9 a connection that joins in time may hold values",
      ({ attendance, first, second }) => {
        attendance.leave(A, first, 1006, -14_999);
        attendance.join(A, second, 0);
      },
      "",
      "counts, is here",
    ],
  ];

  test.each(cases)("%s", (_, does, ...wanted) => {
    const it = joined();
    does(it);
    const may = [it.first, it.second].map((connection) => {
      const counts = it.attendance.counts(A, connection, 0) ? ["counts"] : [];
      const isHere = it.attendance.isHere(A, connection) ? ["is here"] : [];
      return [...counts, ...isHere].join(", ");
    });
    expect(may).toEqual(wanted);
  });

  test("an unknown session counts, and cannot hold values", () => {
    const attendance = new Attendance();
    const [first] = connections(A) as [Connection];
    expect(attendance.counts(A, first, 0)).toBe(true);
    expect(attendance.isHere(A, first)).toBe(false);
  });
});

describe("Attendance, when the end of a session could not be stored", () => {
  test("D22 the session is due again a second later, as often as necessary", () => {
    const { attendance, first } = joined();
    attendance.leave(A, first, 1000, 0);
    for (const now of [0, 1_000, 2_000]) {
      expect(attendance.due(now - 1)).toEqual([]);
      expect(attendance.due(now)).toEqual([A]);
      attendance.retry(A.cid, now);
      expect(attendance.nextEnd).toBe(now + 1_000);
    }
  });

  test("D22 a session that has joined again meanwhile is not due", () => {
    const { attendance, first, second } = joined();
    attendance.leave(A, first, 1000, 0);
    attendance.join(A, second, 0);
    attendance.retry(A.cid, 0);
    expect(attendance.nextEnd).toBeUndefined();
    expect(attendance.isHere(A, second)).toBe(true);
  });

  test("D22 a session that has joined and left again meanwhile has its whole grace", () => {
    const { attendance, first, second } = joined();
    attendance.leave(A, first, 1000, 0);
    attendance.join(A, second, 0);
    attendance.leave(A, second, 1006, 0);
    attendance.retry(A.cid, 10);
    expect(attendance.nextEnd).toBe(15_000);
  });
});

describe("Attendance, when the end of a session is stored", () => {
  test("S9 a session that has joined again meanwhile stays", () => {
    const { attendance, first, second } = joined();
    attendance.leave(A, first, 1000, 0);
    attendance.join(A, second, 0);
    attendance.end(A.cid, 0);
    expect(attendance.isHere(A, second)).toBe(true);
    expect(attendance.join(A, first, 0)).toBe(second);
  });

  test("S9 a session that has joined and left again meanwhile ends after its new grace", () => {
    const { attendance, first, second } = joined();
    attendance.leave(A, first, 1000, 0);
    attendance.join(A, second, 0);
    attendance.leave(A, second, 1006, 0);
    attendance.end(A.cid, 0);
    expect(attendance.nextEnd).toBe(15_000);
    expect(attendance.due(15_000)).toEqual([A]);
  });
});

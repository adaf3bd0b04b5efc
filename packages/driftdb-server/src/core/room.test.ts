import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commitTurn, coreRoom, pictureOf, pushOf, type Text, text } from "../../test/core-room.js";
import { CIDS, KEYS, LIMITS, RowStore, Script, turn } from "../../test/core-turns.js";
import { connectionOf } from "../../test/test-host.js";
import type { Refusal } from "./refusal.js";
import type { RoomRequest } from "./request.js";
import type { Room } from "./room.js";

const WHY: Refusal = { code: "storage_failed", message: "the disk is full" };
const PLAIN = connectionOf();

/** Applies a turn whose commit fails. */
function failTurn(room: Room<Text>, requests: readonly RoomRequest<Text>[], now = 0) {
  const turn = room.apply(requests, now);
  turn.commit(0);
  return room.undo(turn, requests, WHY, now);
}

describe("Room, when a turn's commit fails", () => {
  const A = connectionOf("a");

  test("D22 undo refuses every request except leaves, and returns the takeovers", () => {
    const room = coreRoom();
    commitTurn(room, [{ type: "join", connection: A }]);
    const [second, third] = [connectionOf("a"), connectionOf("a")];
    const requests: RoomRequest<Text>[] = [
      pushOf(PLAIN, "k", "v"),
      { type: "join", connection: second },
      pushOf(second, "k", "v", "append", 1),
      { type: "hold", connection: second, key: "k", value: text("v") },
      { type: "release", connection: second, key: "k" },
      { type: "join", connection: third },
      { type: "leave", connection: third, code: 1000 },
      { type: "get", connection: PLAIN, key: "k", seq: 0 },
      { type: "resume", connection: third, key: "k", seq: 0, epoch: "epoch" },
      { type: "refuse", connection: third, n: 1, code: "bad_key", message: "too long" },
      { type: "keys", connection: PLAIN },
      { type: "barrier", connection: PLAIN, mark: 1 },
    ];
    expect(failTurn(room, requests)).toEqual([
      { type: "takenOver", connection: A, name: "a" },
      { type: "takenOver", connection: second, name: "a" },
      ...requests
        .filter(({ type }) => type !== "leave")
        .map((request) => ({ type: "refused", request, why: WHY })),
    ]);
    expect(pictureOf(room, KEYS, CIDS)).toEqual(pictureOf(coreRoom(), KEYS, CIDS));
  });

  test("D22 a session whose end failed ends a second later", () => {
    const room = coreRoom();
    commitTurn(room, [
      { type: "join", connection: A },
      { type: "hold", connection: A, key: "k", value: text("v") },
    ]);
    expect(failTurn(room, [{ type: "leave", connection: A, code: 1000 }], 500)).toEqual([]);
    expect(room.attendance.nextEnd).toBe(1_500);
    expect(failTurn(room, [], 1_500)).toEqual([]);
    expect(commitTurn(room, [], 2_499).outputs).toEqual([]);
    expect(commitTurn(room, [], 2_500).outputs).toEqual([{ type: "released", key: "k", from: "a", seq: 2 }]);
    expect(room.attendance.size).toBe(0);
  });

  test("M1 M3 S3 S9 D22 the room goes on without any trace of the turn", () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 14 }), (turns) => {
        const script = new Script();
        const [room, other] = [coreRoom(LIMITS), coreRoom(LIMITS)];
        const store = new RowStore();
        let now = 0;
        for (const { steps, wait, fails } of turns) {
          now += wait;
          const before = pictureOf(room, KEYS, CIDS);
          const requests = script.requests(steps, room);
          if (fails) {
            const outputs = failTurn(room, requests, now);
            expect(outputs.filter(({ type }) => type !== "takenOver")).toEqual(
              requests
                .filter(({ type }) => type !== "leave")
                .map((request) => ({ type: "refused", request, why: WHY })),
            );
            expect(pictureOf(room, KEYS, CIDS)).toEqual(before);
            attend(other, requests, now);
          } else {
            const [one, same] = [room, other].map((it) => commitTurn(it, requests, now)) as [Turned, Turned];
            expect(one.outputs).toEqual(same.outputs);
            expect(pictureOf(room, KEYS, CIDS)).toEqual(pictureOf(other, KEYS, CIDS));
            store.commit(one.commit);
            store.expectSame(room);
          }
          const [one, same] = [room.attendance, other.attendance];
          expect([one.nextEnd, one.size]).toEqual([same.nextEnd, same.size]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

type Turned = ReturnType<typeof commitTurn>;

/** Does what a failed turn leaves behind: joins and leaves, and another attempt to end sessions. */
function attend({ attendance }: Room<Text>, requests: readonly RoomRequest<Text>[], now: number): void {
  for (const { type, connection, ...request } of requests) {
    const { session } = connection;
    if (!session) continue;
    if (type === "join") attendance.join(session, connection, now);
    if ("code" in request && type === "leave")
      attendance.leave(session, connection, request.code as number, now);
  }
  for (const { cid } of attendance.due(now)) attendance.retry(cid, now);
}

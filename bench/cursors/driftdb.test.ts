import { cbor } from "driftdb-protocol/cbor";
import { expect, test } from "vitest";
import type { Position } from "../lib/cursor.js";
import type { RawSocket } from "../lib/raw-socket.js";
import { driftdbCursors } from "./driftdb.js";

/** A client, the frames that it has sent, and the positions that it has reported. */
function client({ binary = false } = {}) {
  const cursor = driftdbCursors({ cbor: binary }).client("http://127.0.0.1:1/", "room", 0);
  const sent: unknown[] = [];
  const send = (payload: Buffer) =>
    void sent.push(binary ? cbor.decode(payload) : JSON.parse(payload.toString()));
  cursor.open({ send } as unknown as RawSocket);
  const moved: [string | number, Position][] = [];
  return {
    cursor,
    sent,
    moved,
    take: (frame: object) =>
      cursor.take(
        Buffer.from(binary ? (cbor.encode(frame) as Uint8Array) : JSON.stringify(frame)),
        binary,
        (who, position) => moved.push([who, position]),
      ),
  };
}

const at = (x: number) => ({ x, y: 456 });

test.each([{ binary: false }, { binary: true }])("asks for the key after the hello, and joins: %o", (how) => {
  const { cursor, sent, take } = client(how);
  take({ type: "hello", v: 2, seq: 0, you: "me" });
  expect(sent).toEqual([{ type: "get", key: "cursors" }]);
  expect(cursor.hasJoined).toBe(false);
  take({ type: "init", key: "cursors", data: [], head: 0 });
  expect(cursor.hasJoined).toBe(true);
});

test("attributes holds, single or several in a frame, to the sessions whose holds they follow", () => {
  const { moved, take } = client();
  take({ type: "init", key: "cursors", data: [], head: 7, held: [{ from: "a", value: at(1), seq: 7 }] });
  take({ type: "push", key: "cursors", value: at(2), seq: 8, from: "b" });
  // These follow a's hold 7, b's hold 8, and the first of these.
  take({ type: "holds", key: "cursors", seq: 10, holds: [3, at(3), 3, at(4), 2, at(5)] });
  take({ type: "push", key: "cursors", value: at(6), seq: 13, from: "a" });
  take({ type: "holds", key: "cursors", seq: 14, holds: [1, at(7), 4, at(8)] });
  expect(moved).toEqual([
    ["b", at(2)],
    ["a", at(3)],
    ["b", at(4)],
    ["a", at(5)],
    ["a", at(6)],
    ["a", at(7)],
    ["b", at(8)],
  ]);
});

test("throws when a hold follows an unknown hold, or one that was released", () => {
  const { take } = client();
  take({ type: "push", key: "cursors", value: at(1), seq: 1, from: "a" });
  expect(() => take({ type: "holds", key: "cursors", seq: 3, holds: [1, at(2)] })).toThrow("follows 2");
  take({ type: "release", key: "cursors", from: "a", seq: 4 });
  expect(() => take({ type: "holds", key: "cursors", seq: 5, holds: [4, at(2)] })).toThrow("follows 1");
});

import { FrameError } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import { connectionOf, payload } from "../../test/test-host.js";
import type { BarrierRequest, PushRequest } from "../core/request.js";
import type { Answer } from "../engine/engine.js";
import type { Payload } from "../engine/payload.js";
import type { Frame } from "../frame/frame.js";
import type { Mark } from "./mark.js";
import { ErrorReply, errorFrame, plainReply } from "./plain-reply.js";

const connection = connectionOf();
const push: PushRequest<Payload> = {
  ...{ type: "push", connection, key: "k", value: payload(1), action: { type: "append" } },
};
const barrier = (mark: Mark): BarrierRequest => ({ type: "barrier", connection, mark });
const WHY = { code: "room_full", message: "full" } as const;
const error = new FrameError("not_json", "not JSON");

const shown = (reply: Frame | ErrorReply | null) =>
  reply === null || reply instanceof ErrorReply ? reply : JSON.parse(reply.json);

describe("plainReply", () => {
  const replies: [what: string, answer: Answer, reply: unknown][] = [
    ["P6 a size of one", { type: "stored", request: push, seq: 1, size: 1 }, null],
    [
      "P6 a size of two",
      { type: "stored", request: push, seq: 2, size: 2 },
      { type: "stream_size", key: "k", size: 2 },
    ],
    [
      "P5 the entries of a key",
      {
        ...{ type: "entries", request: { type: "get", connection, key: "k", seq: 0 } },
        entries: [{ seq: 7, value: payload(1), snapshot: false }],
      },
      { type: "init", key: "k", data: [{ seq: 7, value: 1 }] },
    ],
    ["P10 a refusal", { type: "refused", request: push, why: WHY }, new ErrorReply(WHY)],
    ["D15 a ping", { type: "reached", request: barrier({ do: "pong", nonce: undefined }) }, { type: "pong" }],
    [
      "D15 a ping with a nonce",
      { type: "reached", request: barrier({ do: "pong", nonce: 3 }) },
      { type: "pong", nonce: 3 },
    ],
    [
      "P10 a frame that breaks a rule",
      { type: "reached", request: barrier({ do: "error", error }) },
      new ErrorReply(error),
    ],
    ["P5 a get of nothing", { type: "reached", request: barrier({ do: "nothing" }) }, null],
    [
      "a ping in a turn that could not be committed",
      { type: "refused", request: barrier({ do: "pong", nonce: 3 }), why: WHY },
      { type: "pong", nonce: 3 },
    ],
    ["the keys of a room", { type: "keys", request: { type: "keys", connection }, keys: ["k"] }, null],
  ];
  test.each(replies)("replies to %s", (_, answer, reply) => {
    expect(shown(plainReply(answer))).toEqual(reply);
  });

  test("P10, S4 an error has the number of its message, if there is one", () => {
    expect([errorFrame(WHY), errorFrame(WHY, 3)].map(({ json }) => JSON.parse(json))).toEqual([
      { type: "error", message: "full", code: "room_full" },
      { type: "error", message: "full", code: "room_full", n: 3 },
    ]);
  });
});

import type { PushMessage } from "driftdb-protocol";
import { describe, expect, it } from "vitest";
import { MessageRefusedError, NotSentError, UnknownOutcomeError } from "../errors.js";
import { type Entry, Outbox, type Outcome } from "./outbox.js";

const LIMITS = { messageBytes: 1_048_576, inFlight: 3 };

/** A hello of a room that has so many of the session's messages. */
const hello = (acked: number, acks: [number, number][] = []) =>
  ({
    type: "hello",
    v: 2,
    epoch: "e",
    seq: 9,
    you: "y",
    term: "t",
    resumed: acked > 0,
    acked,
    acks,
    limits: LIMITS,
  }) as const;

function filled(count: number) {
  const outbox = new Outbox();
  const fates: [string, number | Error][] = [];
  const entries = Array.from({ length: count }, (_, i): Entry => {
    const message: PushMessage = { type: "push", key: "k", value: `m${i + 1}`, action: { type: "append" } };
    return {
      message,
      settled: ({ seq, error }: Outcome) => void fates.push([message.value as string, error ?? seq]),
    };
  });
  const cancels = entries.map((entry) => outbox.add(entry));
  return { outbox, fates, cancels };
}

/** Sends all that may be sent: what, and with which number. */
function send(outbox: Outbox): [unknown, number][] {
  const sent: [unknown, number][] = [];
  const encode = ({ message }: Entry, n: number) => JSON.stringify([message.value, n]);
  outbox.flush(encode, (frame) => sent.push(JSON.parse(frame as string)));
  return sent;
}

describe("Outbox", () => {
  it("S4 numbers as many messages as may be in flight, without gaps, and more as outcomes arrive", () => {
    const { outbox, fates } = filled(5);
    outbox.resume(hello(0));
    expect(send(outbox)).toEqual([
      ["m1", 1],
      ["m2", 2],
      ["m3", 3],
    ]);
    outbox.acknowledge(1, 11);
    expect(send(outbox)).toEqual([["m4", 4]]);
    expect([fates, outbox.pending]).toEqual([[["m1", 11]], 4]);
  });

  it("S5 settles the messages that hello names, sends the rest again with the same numbers, then new ones", () => {
    const { outbox, fates } = filled(4);
    outbox.resume(hello(0));
    send(outbox);
    outbox.cut();
    expect(outbox.matches(hello(3))).toBe(true);
    expect(outbox.matches(hello(4))).toBe(false);
    outbox.resume(hello(1, [[1, 11]]));
    expect(fates).toEqual([["m1", 11]]);
    expect(send(outbox)).toEqual([
      ["m2", 2],
      ["m3", 3],
      ["m4", 4],
    ]);
    expect(outbox.matches(hello(0))).toBe(false);
  });

  it("S4 reads a seq of 0 as a refusal, and a seq that hello lacks as an unknown outcome", () => {
    const { outbox, fates } = filled(2);
    outbox.resume(hello(0));
    send(outbox);
    outbox.cut();
    outbox.resume(hello(2, [[1, 0]]));
    expect(fates).toEqual([
      ["m1", expect.any(MessageRefusedError)],
      ["m2", expect.any(UnknownOutcomeError)],
    ]);
  });

  it("settles each message once, in order, and ignores numbers that it has not used", () => {
    const { outbox, fates } = filled(2);
    outbox.resume(hello(0));
    outbox.acknowledge(1, 11);
    expect(fates).toEqual([]);
    send(outbox);
    outbox.acknowledge(1, 11);
    outbox.acknowledge(1, 11);
    outbox.acknowledge(3, 13);
    expect(fates).toEqual([["m1", 11]]);
  });

  it("cancels only messages that were never sent", () => {
    const { outbox, cancels } = filled(5);
    outbox.resume(hello(0));
    send(outbox);
    for (const i of [0, 3]) cancels[i]?.();
    expect(outbox.pending).toBe(4);
    outbox.cut();
    outbox.resume(
      hello(2, [
        [1, 11],
        [2, 12],
      ]),
    );
    expect(send(outbox)).toEqual([
      ["m3", 3],
      ["m5", 4],
    ]);
  });

  it("sends a compaction before waiting messages, with the next number, and again in the order of numbers", () => {
    const { outbox, cancels } = filled(5);
    outbox.resume(hello(0));
    send(outbox);
    const message = { type: "push", key: "k", value: "all", action: { type: "compact", seq: 1 } } as const;
    const compaction = { message, settled() {} };
    for (let i = 0; i < 2; i++) {
      const cancel = outbox.add(compaction);
      if (i === 0) cancel();
    }
    expect(outbox.pending).toBe(6);
    outbox.acknowledge(1, 11);
    expect(send(outbox)).toEqual([["all", 4]]);
    outbox.cut();
    cancels[3]?.();
    outbox.resume(hello(2, [[2, 12]]));
    expect(send(outbox)).toEqual([
      ["m3", 3],
      ["all", 4],
      ["m5", 5],
    ]);
  });

  it("S13 a new session: sent messages have an unknown outcome; the others wait, except in another room", () => {
    const { outbox, fates } = filled(4);
    outbox.resume(hello(0));
    send(outbox);
    outbox.renew();
    expect(fates.map(([name, fate]) => [name, fate instanceof UnknownOutcomeError])).toEqual([
      ["m1", true],
      ["m2", true],
      ["m3", true],
    ]);
    outbox.resume(hello(0));
    expect(send(outbox)).toEqual([["m4", 1]]);

    const other = filled(4);
    other.outbox.resume(hello(0));
    send(other.outbox);
    other.outbox.renew(true);
    expect(other.fates.at(-1)).toEqual(["m4", expect.any(NotSentError)]);
    expect([other.fates.length, other.outbox.pending]).toEqual([4, 0]);
  });

  it("sends nothing without an open socket, also if a settled message closes it", () => {
    const { outbox } = filled(3);
    expect(send(outbox)).toEqual([]);
    outbox.resume(hello(0));
    const message: PushMessage = {
      type: "push",
      key: "k",
      value: "bad",
      action: { type: "compact", seq: 1 },
    };
    outbox.add({ message, settled: () => outbox.cut() });
    const encode = ({ message: { value } }: Entry): string => {
      if (value === "bad") throw new Error("cannot be encoded");
      return value as string;
    };
    const sent: unknown[] = [];
    outbox.flush(encode, (frame) => sent.push(frame));
    expect(sent).toEqual([]);
    outbox.resume(hello(0));
    expect(send(outbox).length).toBe(3);
  });

  it("reuses the number of a message that cannot be encoded", () => {
    const { outbox, fates } = filled(2);
    outbox.resume(hello(0));
    const error = new Error("too large");
    const sent: unknown[] = [];
    const encode = ({ message }: Entry, n: number) => {
      if (message.value === "m1") throw error;
      return JSON.stringify([message.value, n]);
    };
    outbox.flush(encode, (frame) => sent.push(JSON.parse(frame as string)));
    expect(fates).toEqual([["m1", error]]);
    expect(sent).toEqual([["m2", 1]]);
  });
});

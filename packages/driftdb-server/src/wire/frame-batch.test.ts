import { expect, test } from "vitest";
import { FakeWire } from "../../test/fake-wire.js";
import { FrameBatch } from "./frame-batch.js";

const frame = (text: string) => new FrameBatch(Buffer.from(text));

/** Writes a batch. @returns the text, and the number of chunks. */
function written(batch: FrameBatch): { text: string; chunks: number } {
  const wire = new FakeWire();
  let chunks = 0;
  batch.write({
    ...wire,
    write: ((chunk: Buffer) => {
      chunks++;
      return wire.write(chunk);
    }) as typeof wire.write,
  });
  expect(wire.writes.length).toBe(1);
  return { text: String(wire.writes[0]), chunks };
}

test("connections that are sent the same frames share one batch and its bytes", () => {
  const [a, b] = [frame("a"), frame("b")];
  expect(a.and(b)).toBe(a.and(b));
  const wires = [new FakeWire(), new FakeWire()];
  for (const wire of wires) a.and(b).write(wire);
  expect(wires[0]?.writes[0]).toBe(wires[1]?.writes[0]);
  expect(String(wires[0]?.writes[0])).toBe("ab");
});

test("compares frames by identity, not by their text", () => {
  const a = frame("a");
  expect(a.and(frame("b"))).not.toBe(a.and(frame("b")));
});

test("copies small frames, and writes them as one chunk", () => {
  const shared = frame("a").and(frame("b"));
  expect(written(shared.and(frame("1")))).toEqual({ text: "ab1", chunks: 1 });
  expect(written(shared.and(frame("2")))).toEqual({ text: "ab2", chunks: 1 });
  expect(written(shared)).toEqual({ text: "ab", chunks: 1 });
});

test("shares a large frame among batches with different last frames, in one write", () => {
  const large = "x".repeat(20_000);
  const shared = frame(large).and(frame("b"));
  const [one, two] = [shared.and(frame("1")), shared.and(frame("2"))];
  expect(written(one)).toEqual({ text: `${large}b1`, chunks: 2 });
  expect(written(two.and(frame("3")))).toEqual({ text: `${large}b23`, chunks: 2 });
});

test("writes few chunks, even when other connections are sent other frames in between", () => {
  const text = "x".repeat(99);
  let batch = frame(text);
  for (let i = 0; i < 499; i++) {
    // The sender of the message gets an acknowledgement here.
    batch.and(frame("its own"));
    batch = batch.and(frame(text));
  }
  expect(written(batch)).toEqual({ text: text.repeat(500), chunks: 4 });
});

test("has the size of all its frames, and calls sent when they are written", () => {
  const wire = new FakeWire();
  const batch = frame("ab").and(frame("c"));
  expect(batch.size).toBe(3);
  let sent = 0;
  batch.write(wire, () => sent++);
  expect(sent).toBe(0);
  wire.take();
  expect(sent).toBe(1);
});

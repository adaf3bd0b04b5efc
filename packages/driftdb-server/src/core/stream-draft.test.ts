import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Text, text } from "../../test/core-room.js";
import { type Entry, Stream } from "./stream.js";
import { StreamDraft } from "./stream-draft.js";

type Row = Entry<Text>;

type Change =
  | { do: "append" | "replace"; size: number; gap: number }
  | { do: "compact"; size: number; at: number };

const size = fc.integer({ min: 0, max: 40 });
/** The distance to the seq before. It may be more than 1, since other keys have seqs too. */
const gap = fc.integer({ min: 1, max: 3 });
/** The place of the snapshot, from the first retained seq (0) to the head (1). */
const at = fc.double({ min: 0, max: 1, noNaN: true });
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("append" as const), size, gap }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("replace" as const), size, gap }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("compact" as const), size, at }) },
);
const turn = fc.record({ changes: fc.array(change, { maxLength: 8 }), lands: fc.boolean() });

/** One key's retained messages, as an array. */
class Model {
  rows: readonly Row[] = [];
  head = 0;
  #names = 0;

  /** Makes a change, and returns the draft's part of it. `null` for a compaction without effect (M4). */
  next(change: Change): readonly [what: "append" | "replace" | "compact", row: Row] | null {
    const value = text(`${this.#names++}`, change.size);
    if (change.do !== "compact") {
      this.head += change.gap;
      const row = { seq: this.head, value, snapshot: false };
      this.rows = change.do === "append" ? [...this.rows, row] : [row];
      return [change.do, row];
    }
    const first = this.rows[0];
    if (!first) return null;
    const seq = first.seq + Math.round(change.at * (this.head - first.seq));
    if (first.snapshot && first.seq === seq) return null;
    const row = { seq, value, snapshot: true };
    this.rows = [row, ...this.rows.filter((other) => other.seq > seq)];
    return ["compact", row];
  }
}

const bytesOf = (rows: readonly Row[]) => rows.reduce((sum, { value }) => sum + value.size, 0);

/** Compares the whole public state of a stream, or of a draft, with the model. */
function expectSame(
  stream: Stream<Text> | StreamDraft<Text>,
  { rows, head }: Model,
  ownSnapshot?: Row,
): void {
  const seqs = Array.from({ length: head + 3 }, (_, i) => i - 1);
  const { length, bytes, first, last } = stream;
  expect({
    ...{ length, bytes, first, last },
    since: seqs.map((seq) => stream.since(seq)),
    lastUpTo: seqs.map((seq) => stream.lastUpTo(seq)),
    bytesAfter: seqs.map((seq) => stream.bytesAfter(seq)),
  }).toEqual({
    length: rows.length,
    bytes: bytesOf(rows),
    first: rows[0],
    last: rows.at(-1),
    since: seqs.map((seq) => rows.filter((row) => row.seq > seq)),
    lastUpTo: seqs.map((seq) => rows.filter((row) => row.seq <= seq).at(-1)),
    bytesAfter: seqs.map((seq) => bytesOf(rows.filter((row) => row.seq > seq && row !== ownSnapshot))),
  });
}

describe("StreamDraft", () => {
  test("has the same state as a plain array after random changes, landed or dropped", () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 6 }), (turns) => {
        const stream = new Stream<Text>();
        const model = new Model();
        for (const { changes, lands } of turns) {
          const { rows: before } = model;
          const draft = new StreamDraft("k", stream);
          let ownSnapshot: Row | undefined;
          expectSame(draft, model);
          for (const change of changes) {
            const next = model.next(change);
            if (!next) continue;
            const [what, row] = next;
            draft[what](row);
            if (what !== "append") ownSnapshot = what === "compact" ? row : undefined;
            expectSame(draft, model, ownSnapshot);
            expect(stream.since(-1)).toEqual(before);
          }
          expectNet(draft, before, model.rows);
          if (lands) draft.land(stream);
          else model.rows = before;
          expectSame(stream, model);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("lands in a new stream", () => {
    const draft = new StreamDraft("k", new Stream<Text>());
    const model = new Model();
    for (const [i, what] of (["append", "append", "compact", "append"] as const).entries()) {
      const [action, row] = model.next({ do: what, size: i, gap: 1, at: 0.5 }) ?? [];
      if (action && row) draft[action](row);
    }
    const stream = new Stream<Text>();
    draft.land(stream);
    expectSame(stream, model);
    expect(stream.length).toBe(2);
  });

  test("a draft without changes drops and puts no rows", () => {
    const stream = new Stream<Text>();
    stream.append({ seq: 1, value: text("1"), snapshot: false });
    expect(new StreamDraft("k", stream).change()).toEqual({ key: "k", dropped: [], put: [] });
  });
});

/** Checks that the net change makes the new rows of the old ones. */
function expectNet(draft: StreamDraft<Text>, before: readonly Row[], after: readonly Row[]): void {
  const { key, dropped, put } = draft.change();
  expect(key).toBe("k");
  expect(dropped).toEqual(before.slice(0, dropped.length).map(({ seq }) => seq));
  const seqs = put.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  const rows = new Map(before.map((row) => [row.seq, row]));
  for (const seq of dropped) expect(rows.delete(seq)).toBe(true);
  for (const row of put) {
    // A store inserts the row, so no other row may have its seq.
    expect(rows.has(row.seq)).toBe(false);
    rows.set(row.seq, row);
  }
  expect([...rows.values()].sort((a, b) => a.seq - b.seq)).toEqual(after);
  // The change writes no row that is stored already.
  expect(put.filter((row) => before.includes(row))).toEqual([]);
}

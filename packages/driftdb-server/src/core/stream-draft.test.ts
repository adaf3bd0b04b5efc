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
/** How far the seq is from the newest one before: other keys take seqs too. */
const gap = fc.integer({ min: 1, max: 3 });
/** Where the snapshot is, from the first retained seq (0) to the head (1). */
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

  /** Makes a change, and says what the draft must do for it: `null` for a compaction that M4 rules out. */
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

/** Compares all that a stream, or a draft of one, says of itself with the model. */
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
  test("says the same as a plain array after any changes, landed or dropped", () => {
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

  test("lands in a new stream what its key has", () => {
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

  test("a draft without changes changes no row", () => {
    const stream = new Stream<Text>();
    stream.append({ seq: 1, value: text("1"), snapshot: false });
    expect(new StreamDraft("k", stream).change()).toEqual({ key: "k", dropped: [], put: [] });
  });
});

/** A store that drops and puts the rows of the net change has the new rows in place of the old ones. */
function expectNet(draft: StreamDraft<Text>, before: readonly Row[], after: readonly Row[]): void {
  const { key, dropped, put } = draft.change();
  expect(key).toBe("k");
  expect(dropped).toEqual(before.slice(0, dropped.length).map(({ seq }) => seq));
  const seqs = put.map(({ seq }) => seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
  const rows = new Map(before.map((row) => [row.seq, row]));
  for (const seq of dropped) expect(rows.delete(seq)).toBe(true);
  for (const row of put) {
    // A store inserts: a row of that seq must not be there any more.
    expect(rows.has(row.seq)).toBe(false);
    rows.set(row.seq, row);
  }
  expect([...rows.values()].sort((a, b) => a.seq - b.seq)).toEqual(after);
  // No row that stays is written again.
  expect(put.filter((row) => before.includes(row))).toEqual([]);
}

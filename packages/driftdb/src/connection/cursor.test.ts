import { describe, expect, it } from "vitest";
import { Cursor, NEVER } from "./cursor.js";

/** A cursor that was given the retained message 5 and the relay 7, and is current. */
function current(): Cursor {
  const cursor = new Cursor(true);
  cursor.take({ data: [message(5)], head: 5 });
  cursor.pass({ seq: 7 });
  cursor.isCurrent = true;
  return cursor;
}

function interrupted(dataLost: boolean): Cursor {
  const cursor = current();
  cursor.interrupt(dataLost);
  return cursor;
}

const STATES = {
  new: () => new Cursor(true),
  current,
  behind: () => interrupted(false),
  stale: () => interrupted(true),
};

type State = keyof typeof STATES;

const message = (seq: number) => ({ value: seq, seq });
const look = ({ at, through, isCurrent }: Cursor) => ({ at, through, isCurrent });

it("starts at 0, and knows the newest seqs after messages and cuts", () => {
  expect(look(new Cursor(true))).toEqual({ at: 0, through: 0, isCurrent: false });
  expect(look(current())).toEqual({ at: 5, through: 7, isCurrent: true });
  expect(look(interrupted(false))).toEqual({ at: 5, through: 7, isCurrent: false });
  expect(look(interrupted(true))).toEqual({ at: 0, through: 7, isCurrent: false });
});

describe("an answer", () => {
  const answers = {
    "to a get from the start, with what it has": [0, { data: [message(5), message(8)] }],
    "to a get from the start, with a snapshot of what it missed": [0, { data: [message(8)] }],
    "to a get from the start, which is empty": [0, { data: [] }],
    "to its own get": [5, { data: [message(8)] }],
    "to its own get, with nothing": [5, { data: [] }],
    "to its own get, with the whole stream": [5, { data: [message(8)], reset: true }],
    "to its own get, with the whole stream, which has what it has": [5, { data: [message(5)], reset: true }],
    "to a get from earlier": [3, { data: [message(4), message(5)] }],
    "to a get from earlier, with the whole stream": [3, { data: [message(8)], reset: true }],
    "to a get from earlier, with the whole stream, which has what it has": [
      3,
      { data: [message(5)], reset: true },
    ],
    "to a get from later": [6, { data: [message(8)] }],
    "to a get from later, with the whole stream": [6, { data: [message(8)], reset: true }],
    "to a get that is no listener's": [NEVER, { data: [] }],
    "to a get that is no listener's, with the whole stream": [NEVER, { data: [message(8)], reset: true }],
  } as const;

  type Name = keyof typeof answers;

  /** Where nothing is written, the answer is not for that listener. */
  const expected: Record<State, Partial<Record<Name, "goes on" | "starts over">>> = {
    new: {
      "to a get from the start, with what it has": "goes on",
      "to a get from the start, with a snapshot of what it missed": "goes on",
      "to a get from the start, which is empty": "goes on",
      "to its own get, with the whole stream": "goes on",
      "to its own get, with the whole stream, which has what it has": "goes on",
      "to a get from earlier, with the whole stream": "goes on",
      "to a get from earlier, with the whole stream, which has what it has": "goes on",
      "to a get from later, with the whole stream": "goes on",
    },
    current: {},
    behind: {
      "to a get from the start, with what it has": "goes on",
      "to a get from the start, with a snapshot of what it missed": "starts over",
      "to a get from the start, which is empty": "starts over",
      "to its own get": "goes on",
      "to its own get, with nothing": "goes on",
      "to its own get, with the whole stream": "starts over",
      "to its own get, with the whole stream, which has what it has": "starts over",
      "to a get from earlier": "goes on",
      "to a get from earlier, with the whole stream": "starts over",
      "to a get from earlier, with the whole stream, which has what it has": "goes on",
      "to a get from later, with the whole stream": "starts over",
    },
    stale: {
      "to a get from the start, with what it has": "starts over",
      "to a get from the start, with a snapshot of what it missed": "starts over",
      "to a get from the start, which is empty": "starts over",
      "to its own get, with the whole stream": "starts over",
      "to its own get, with the whole stream, which has what it has": "starts over",
      "to a get from earlier, with the whole stream": "starts over",
      "to a get from earlier, with the whole stream, which has what it has": "starts over",
      "to a get from later, with the whole stream": "starts over",
    },
  };

  const cases = Object.keys(STATES).flatMap((state) =>
    Object.keys(answers).map((name) => [name, state] as [Name, State]),
  );

  it.each(cases)("%s, for one that is %s", (name, state) => {
    const cursor = STATES[state]();
    const before = look(cursor);
    const [from, { data, ...more }] = answers[name];
    const init = { data: [...data], ...more };
    const isFor = cursor.waitsFor(init, from);
    expect(isFor).toBe(name in expected[state]);
    if (!isFor) return;
    const isVoid = expected[state][name] === "starts over";
    expect(cursor.rewind(init, from)).toBe(isVoid);
    expect(look(cursor)).toEqual(isVoid ? { ...before, at: 0, through: 0 } : before);
  });

  it("delivers what is newer than the last retained message, and moves through the room's head", () => {
    const cursor = interrupted(false);
    const given = cursor.take({ data: [message(5), message(6), message(8)], head: 9 });
    expect(given).toEqual([message(6), message(8)]);
    expect(look(cursor)).toMatchObject({ at: 8, through: 9 });
    expect(cursor.take({ data: [], head: 12 })).toEqual([]);
    expect(look(cursor)).toMatchObject({ at: 8, through: 12 });
  });

  it("delivers no history to a listener that does not want it, and later the messages that it missed", () => {
    const cursor = new Cursor(false);
    expect(cursor.take({ data: [message(5)], head: 6 })).toEqual([]);
    expect(look(cursor)).toMatchObject({ at: 5, through: 6 });
    cursor.interrupt(false);
    expect(cursor.take({ data: [message(8)], head: 9 })).toEqual([message(8)]);
  });

  it("makes earlier messages void once", () => {
    const cursor = interrupted(true);
    expect(cursor.rewind({ data: [message(2)] }, 0)).toBe(true);
    cursor.take({ data: [message(2)], head: 2 });
    cursor.interrupt(false);
    expect(cursor.rewind({ data: [] }, 2)).toBe(false);
  });
});

describe("a message as it happens", () => {
  it.each([
    ["retained, after the last one", { seq: 9, prev: 5 }, false, { at: 9, through: 9 }],
    ["retained, after one that is missing", { seq: 9, prev: 8 }, true, undefined],
    ["retained, the first of its key", { seq: 9, prev: 0 }, true, undefined],
    ["relayed", { seq: 9 }, false, { at: 5, through: 9 }],
  ])("%s", (_, push, isMissing, moved) => {
    const cursor = current();
    const before = look(cursor);
    expect(cursor.pass(push)).toBe(!isMissing);
    expect(look(cursor)).toEqual({ ...before, ...moved, isCurrent: !isMissing });
  });
});

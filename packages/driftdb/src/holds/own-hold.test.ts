import { describe, expect, it } from "vitest";
import { FREE, type OwnHold, type OwnHoldEffect, type OwnHoldEvent, transition } from "./own-hold.js";

const STATES = {
  free: FREE,
  holding: { told: "a", isFree: false },
  releasing: { told: "", isFree: false },
  unsure: { told: undefined, isFree: false },
} satisfies Record<string, OwnHold>;

type State = keyof typeof STATES;

/** Each event, and what is wanted then. */
const EVENTS = {
  interrupted: ["interrupted", "a"],
  freed: ["freed", "a"],
  "due, with nothing wanted": ["due", ""],
  "due, with a wanted": ["due", "a"],
  "due, with b wanted": ["due", "b"],
} satisfies Record<string, [OwnHoldEvent, string]>;

type Name = keyof typeof EVENTS;
type Row = [State | OwnHold, OwnHoldEffect?];

const UNSURE: Row = ["unsure"];
const HOLD_A: Row = ["holding", "hold"];
const HOLD_B: Row = [{ told: "b", isFree: false }, "hold"];
const RELEASE: Row = ["releasing", "release"];

/** What becomes of each state at each event. Where nothing is written, nothing happens. */
const TABLE: Record<State, Partial<Record<Name, Row>>> = {
  free: { "due, with a wanted": HOLD_A, "due, with b wanted": HOLD_B },
  holding: {
    interrupted: UNSURE,
    freed: ["free"],
    "due, with nothing wanted": RELEASE,
    "due, with b wanted": HOLD_B,
  },
  releasing: {
    interrupted: UNSURE,
    freed: ["free"],
    "due, with a wanted": HOLD_A,
    "due, with b wanted": HOLD_B,
  },
  unsure: {
    interrupted: UNSURE,
    freed: ["free"],
    "due, with nothing wanted": RELEASE,
    "due, with a wanted": HOLD_A,
    "due, with b wanted": HOLD_B,
  },
};

describe.each(Object.keys(STATES) as State[])("S9 a connection's own hold that is %s", (state) => {
  it.each(Object.keys(EVENTS) as Name[])("handles the event: %s", (name) => {
    const [event, wanted] = EVENTS[name];
    const before: OwnHold = STATES[state];
    const [after, effect] = transition(before, event, wanted);
    const row = TABLE[state][name];
    if (row === undefined) {
      // The same object shows KeyHolds that nothing was sent in between.
      expect(after).toBe(before);
      expect(effect).toBe(undefined);
      return;
    }
    const [next, todo] = row;
    expect([after, effect]).toEqual([typeof next === "string" ? STATES[next] : next, todo]);
  });
});

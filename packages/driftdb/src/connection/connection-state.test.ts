import { mayRetry } from "driftdb-protocol";
import { describe, expect, it } from "vitest";
import {
  type Circumstances,
  type ConnectionEffect,
  type ConnectionEvent,
  type ConnectionState,
  IDLE,
  transition,
} from "./connection-state.js";

type Phase = ConnectionState["phase"];

const HERE = "ws://here/";
const CALM: Circumstances = { now: 100_000, random: 0.5, pinging: false, silence: 20_000 };

const STATES: Record<Phase, ConnectionState> = {
  idle: IDLE,
  connecting: { phase: "connecting", url: HERE, opened: 0, retries: 0 },
  handshake: { phase: "handshake", url: HERE, opened: 0, retries: 0 },
  open: { phase: "open", url: HERE, opened: 99_000, retries: 0 },
  waiting: { phase: "waiting", url: HERE, opened: 0, retries: 1 },
  disconnected: { ...IDLE, phase: "disconnected" },
  refused: { ...IDLE, phase: "refused" },
};

/** Each event, and what comes with it. */
const EVENTS: Record<string, [ConnectionEvent, Partial<Circumstances>?]> = {
  "connect here": ["connect", { url: HERE }],
  "connect elsewhere": ["connect", { url: "ws://elsewhere/" }],
  disconnect: ["disconnect"],
  opened: ["opened"],
  hello: ["hello"],
  foreign: ["foreign"],
  alive: ["alive"],
  "alive, pinging": ["alive", { pinging: true }],
  due: ["due"],
  "due, heard of 5 s ago": ["due", { silence: 5_000 }],
  "due, pinging": ["due", { pinging: true }],
  wake: ["wake"],
  offline: ["offline"],
  lost: ["lost", { code: 1006 }],
  "lost for good": ["lost", { code: 4001 }],
};

/** The next phase, what to do, and the timer. */
type Row = [phase: Phase, effect?: ConnectionEffect | undefined, timer?: number];

const DIAL: Row = ["connecting", "dial", 20_000];
const END: Row = ["disconnected", "drop"];
const RETRY: Row = ["waiting", "drop", 500];
const REFUSED: Row = ["refused", "drop"];

/** What becomes of each state at each event. Where nothing is written, nothing happens. */
const TABLE: Record<Phase, Partial<Record<string, Row>>> = {
  idle: { "connect here": DIAL, "connect elsewhere": DIAL, disconnect: END },
  connecting: {
    "connect elsewhere": DIAL,
    disconnect: END,
    opened: ["handshake", undefined, 3_000],
    foreign: REFUSED,
    due: RETRY,
    "due, heard of 5 s ago": RETRY,
    "due, pinging": RETRY,
    offline: RETRY,
    lost: RETRY,
    "lost for good": REFUSED,
  },
  handshake: {
    "connect elsewhere": DIAL,
    disconnect: END,
    hello: ["open", "resync", 20_000],
    foreign: REFUSED,
    due: ["handshake", "ping", 7_000],
    "due, heard of 5 s ago": ["handshake", "ping", 7_000],
    "due, pinging": RETRY,
    offline: RETRY,
    lost: RETRY,
    "lost for good": REFUSED,
  },
  open: {
    "connect elsewhere": DIAL,
    disconnect: END,
    alive: ["open", undefined, 20_000],
    "alive, pinging": ["open", undefined, 8_000],
    due: ["open", "ping"],
    "due, heard of 5 s ago": ["open", undefined, 15_000],
    "due, pinging": RETRY,
    wake: ["open", "ping", 3_000],
    foreign: REFUSED,
    offline: RETRY,
    lost: RETRY,
    "lost for good": REFUSED,
  },
  waiting: {
    "connect here": DIAL,
    "connect elsewhere": DIAL,
    disconnect: END,
    due: DIAL,
    "due, heard of 5 s ago": DIAL,
    "due, pinging": DIAL,
    wake: DIAL,
  },
  disconnected: { "connect here": DIAL, "connect elsewhere": DIAL, disconnect: END },
  refused: { "connect here": DIAL, "connect elsewhere": DIAL, disconnect: END },
};

describe.each(Object.keys(STATES) as Phase[])("a connection that is %s", (phase) => {
  it.each(Object.keys(EVENTS))("handles the event: %s", (name) => {
    const [event, given] = EVENTS[name] ?? ["due"];
    const [state, ...todo] = transition(STATES[phase], event, { ...CALM, ...given });
    expect([state.phase, ...todo]).toEqual(TABLE[phase][name] ?? [phase]);
    expect(state.url === "").toBe(/idle|disconnected|refused/.test(state.phase));
  });
});

describe("retry delays (S11)", () => {
  const lost = (state: ConnectionState, given: Partial<Circumstances>) =>
    transition(state, "lost", { ...CALM, code: 1006, random: 1, ...given });

  it("grow from 1 s to 30 s, doubling", () => {
    const delays: unknown[] = [];
    let state = STATES.connecting;
    for (let i = 0; i < 7; i++) {
      const [waiting, , delay] = lost(state, {});
      delays.push(delay);
      [state] = transition(waiting, "due", CALM);
    }
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("are random, from 0 to that", () => {
    expect(lost(STATES.open, { random: 0 })[2]).toBe(0);
    expect(lost(STATES.open, { random: 0.25 })[2]).toBe(250);
  });

  it("start over after 5 s of an open connection, and not before", () => {
    const open = { ...STATES.open, opened: 10_000, retries: 4 };
    expect(lost(open, { now: 14_999 })[2]).toBe(16_000);
    expect(lost(open, { now: 15_000 })[2]).toBe(1_000);
  });

  it("are spread over 5 s when the server restarts (1012)", () => {
    expect(lost(STATES.open, { code: 1012, random: 0.5 })[2]).toBe(2_500);
    expect(lost({ ...STATES.open, retries: 9 }, { code: 1012 })[2]).toBe(5_000);
  });
});

it("retries after the close codes that driftdb-protocol allows, and no others (S13)", () => {
  for (let code = 1000; code < 5000; code++) {
    const [state] = transition(STATES.open, "lost", { ...CALM, code });
    expect([code, state.phase]).toEqual([code, mayRetry(code) ? "waiting" : "refused"]);
  }
});

it("remembers that it was open, until connect() to another room", () => {
  const [open] = transition(STATES.handshake, "hello", CALM);
  const [waiting] = transition(open, "lost", CALM);
  const [again] = transition(waiting, "due", CALM);
  expect([waiting.opened, again.opened]).toEqual([CALM.now, CALM.now]);
  expect(transition(again, "connect", { ...CALM, url: "ws://elsewhere/" })[0].opened).toBe(0);
});

// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { type DbConnection, StateListener } from "driftdb";
import { Profiler, StrictMode, useState } from "react";
import { flushSync } from "react-dom";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  DriftDBProvider,
  useDatabase,
  useMessages,
  useSharedReducer,
  useSharedState,
  useSyncStatus,
} from "../src/index.js";
import { roomOfPage, testServer } from "./harness.js";
import { values } from "./shown-state.js";

const FRAME = 16;
const MANY = 10_000;

const running = testServer();

// These tests are about when React renders by itself: act() must not render for it.
const environment = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };

beforeEach(() => {
  const Socket = globalThis.WebSocket;
  // As in a browser, each message is a task of its own. The package ws delivers several in one task.
  globalThis.WebSocket = class extends Socket {
    override set onmessage(take: ((event: MessageEvent) => unknown) | null) {
      super.onmessage = take && ((event) => setImmediate(() => take.call(this, event)));
    }
  };
});

afterEach(() => {
  environment.IS_REACT_ACT_ENVIRONMENT = true;
});

let db: DbConnection;

function Out() {
  db = useDatabase();
  return null;
}

/** Shows components, and counts the commits of React in which some of them rendered. */
async function show(children: React.ReactElement, strict = false) {
  const counted = { commits: 0 };
  const tree = (
    <DriftDBProvider api={running.server.url}>
      <Out />
      <Profiler id="all" onRender={() => (counted.commits += 1)}>
        {children}
      </Profiler>
    </DriftDBProvider>
  );
  const view = render(strict ? <StrictMode>{tree}</StrictMode> : tree);
  await waitFor(() => expect(db.status.connected).toBe(true));
  // The answers to the hooks' gets arrive before this one.
  await act(() => db.testLatency());
  environment.IS_REACT_ACT_ENVIRONMENT = false;
  counted.commits = 0;
  return { ...view, counted, theirs: await running.server.join(roomOfPage()) };
}

const replace = (key: string, v: unknown) =>
  ({ type: "push", key, value: { v }, action: { type: "replace" } }) as const;
const append = (key: string, value: unknown) =>
  ({ type: "push", key, value, action: { type: "append" } }) as const;

const settled = (n: number | string) => expect(values().at(-1)).toBe(String(n));

function Value(props: { k: string }) {
  const [value] = useSharedState(props.k, 0);
  return <output>{value}</output>;
}

test.each([false, true])("renders 10,000 messages once a frame, StrictMode %s", async (strict) => {
  const { counted, theirs } = await show(<Value k="k" />, strict);
  const heard: number[] = [];
  new StateListener<number>({ db, key: "k", callback: (n) => heard.push(n) }).subscribe();
  const start = performance.now();
  for (let n = 1; n <= MANY; n++) void theirs.send(replace("k", n));
  await waitFor(() => settled(MANY), { timeout: 30_000 });
  const frames = (performance.now() - start) / FRAME;
  expect(counted.commits).toBeLessThanOrEqual(2 + frames);
  // Stores outside of React see each change.
  expect(heard.length).toBe(MANY);
});

test("reduces pending actions on top of others', and renders them, once a frame", async () => {
  let calls = 0;
  const reduce = (sum: number, n: number) => {
    calls++;
    return sum + n;
  };
  let dispatch: (n: number) => void = () => {};
  function Sum() {
    const [sum, send] = useSharedReducer("sum", reduce, 0);
    dispatch = send;
    return <output>{sum}</output>;
  }
  const { counted, theirs } = await show(<Sum />);
  const start = performance.now();
  for (let i = 0; i < 1_000; i++) void theirs.send(append("sum", { apply: 1, i: "x", m: i }));
  for (let i = 0; i < 1_000; i++) dispatch(1);
  await waitFor(() => settled(2_000), { timeout: 30_000 });
  const frames = (performance.now() - start) / FRAME;
  expect(counted.commits).toBeLessThanOrEqual(2 + frames);
  // Each action once, and once a frame the pending ones.
  expect(calls).toBeLessThanOrEqual(1_000 * (4 + frames));
});

test("renders the messages of several keys within a frame in one commit, never half of them", async () => {
  const seen: string[] = [];
  function Both() {
    const [a] = useSharedState("a", 0);
    const list = useMessages<number>("b");
    seen.push(`${a} ${list.length}`);
    return <output>{a}</output>;
  }
  const { counted, theirs } = await show(
    <>
      <Value k="first" />
      <Both />
      <Value k="a" />
    </>,
  );
  seen.length = 0;
  // The first one shows immediately, and begins the frame.
  void theirs.send(replace("first", 1));
  void theirs.send(replace("a", 1));
  void theirs.send(append("b", 1));
  void theirs.send(replace("a", 2));
  await waitFor(() => settled(2));
  expect(counted.commits).toBe(2);
  expect(seen).toEqual(["2 1"]);
  expect(values()).toEqual(["1", "2", "2"]);
});

test("shows the user's input immediately during a burst: a text field keeps its text and caret", async () => {
  function Name() {
    const [name, setName] = useSharedState("name", "");
    return <input value={name} onChange={({ target }) => setName(target.value)} />;
  }
  const { theirs } = await show(
    <>
      <Value k="k" />
      <Name />
    </>,
  );
  const input = screen.getByRole("textbox") as HTMLInputElement;
  const type = (text: string) => {
    const at = input.selectionStart ?? 0;
    const typed = input.value.slice(0, at) + text + input.value.slice(at);
    // As a browser does: the native setter, and not the property that React watches.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, typed);
    input.setSelectionRange(at + text.length, at + text.length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  type("ac");
  input.setSelectionRange(1, 1);
  for (let n = 1; n <= 2_000; n++) void theirs.send(replace("k", n));
  // In the middle of the burst, within a frame.
  await waitFor(() => expect(Number(values()[0])).toBeGreaterThan(0), { interval: 1 });
  type("b");
  expect([input.value, input.selectionStart]).toEqual(["abc", 2]);
  await waitFor(() => settled(2_000));
  expect([input.value, input.selectionStart]).toEqual(["abc", 2]);
});

test("renders acknowledgements once a frame", async () => {
  function Pending() {
    return <output>{useSyncStatus().pending}</output>;
  }
  const { counted } = await show(<Pending />);
  const start = performance.now();
  for (let n = 1; n <= 1_000; n++) void db.send(append("log", n));
  await waitFor(() => expect(db.sync.getSnapshot().pending).toBe(0));
  await waitFor(() => settled(0));
  const frames = (performance.now() - start) / FRAME;
  expect(counted.commits).toBeLessThanOrEqual(2 + frames);
});

test("a component that renders or mounts within a frame shows what the others show", async () => {
  const seen: string[] = [];
  let again: (n: number) => void = () => {};
  function Parent() {
    const [ids] = useSharedState<string[]>("ids", ["a", "b"]);
    seen.push(`${ids}`);
    return <Child ids={ids} />;
  }
  function Child({ ids }: { ids: string[] }) {
    const [n, set] = useState(0);
    again = set;
    const [own] = useSharedState<string[]>("ids", ["a", "b"]);
    seen.push(`${ids} ${own} ${n}`);
    return (
      <output>
        {own}
        {n > 1 && <Grandchild />}
      </output>
    );
  }
  function Grandchild() {
    seen.push(`new ${useSharedState<string[]>("ids", ["a", "b"])[0]}`);
    return null;
  }
  const { theirs } = await show(<Parent />);
  db.subscribe("ids", () => {
    seen.length = 0;
    flushSync(() => again(1));
    flushSync(() => again(2));
  });
  void theirs.send(replace("ids", ["a"]));
  await waitFor(() => settled("a"));
  expect(seen).toEqual(["a,b a,b 1", "a,b a,b 2", "new a,b", "a", "a a 2", "new a"]);
});

test.each(["setTimeout", "queueMicrotask"] as const)(
  "a frame whose end a fake %s swallowed does not hold up the next one",
  async (name) => {
    const { theirs } = await show(
      <>
        <Value k="first" />
        <Value k="k" />
      </>,
    );
    const heard = new Promise<void>((resolve) => {
      db.subscribe("k", () => resolve(), undefined, { replay: false });
    });
    const real = globalThis[name];
    // As a fake clock does that a test removes before it has run.
    vi.stubGlobal(name, (call: () => void, wait?: number) =>
      call.name === "endFrame" ? 0 : real(call, wait),
    );
    void theirs.send(replace("first", 1));
    void theirs.send(replace("k", 1));
    await heard;
    const at = performance.now();
    vi.unstubAllGlobals();
    await waitFor(() => expect(performance.now()).toBeGreaterThan(at + FRAME));
    void theirs.send(replace("first", 2));
    await waitFor(() => expect(values()).toEqual(["2", "1"]));
  },
);

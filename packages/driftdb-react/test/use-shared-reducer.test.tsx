// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { Reducer } from "driftdb";
import { StrictMode } from "react";
import { expect, test, vi } from "vitest";
import { DriftDBProvider, useSharedReducer } from "../src/index.js";
import { page, roomOfPage, testServer } from "./harness.js";

const running = testServer();

const append = (state: string, action: string) => state + action;

function Shown({ k = "log", out }: { k?: string; out?: (dispatch: (action: string) => void) => void }) {
  const [state, dispatch] = useSharedReducer(k, append, "");
  out?.(dispatch);
  return <output>{state}</output>;
}

const value = () => screen.getByRole("status").textContent;

/** The key's state as another client in the room sees it. */
async function other(key: string, room = roomOfPage()): Promise<Reducer<string, string>> {
  const db = await running.server.join(room);
  const reducer = new Reducer<string, string>({ db, key, reducer: append, initialValue: "" });
  reducer.subscribe();
  return reducer;
}

async function joined(): Promise<void> {
  await waitFor(() => expect(running.server.open.size).toBe(1));
}

test("applies the actions of all clients once each, and a late page sees them", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  const theirs = await other("log", room);
  theirs.dispatch("a");
  let dispatch = (_: string) => {};
  render(
    <StrictMode>
      <DriftDBProvider api={server.url} room={room}>
        <Shown out={(d) => (dispatch = d)} />
      </DriftDBProvider>
    </StrictMode>,
  );
  expect(value()).toBe("");
  await waitFor(() => expect(value()).toBe("a"));
  act(() => {
    dispatch("b");
    dispatch("c");
  });
  expect(value()).toBe("abc");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("abc"));
  theirs.dispatch("d");
  await waitFor(() => expect(value()).toBe("abcd"));
  expect(page.gets("log")).toBe(1);
});

test("keeps actions from before the page is connected", async () => {
  const { server } = running;
  let dispatch = (_: string) => {};
  render(
    <DriftDBProvider api={server.url}>
      <Shown out={(d) => (dispatch = d)} />
    </DriftDBProvider>,
  );
  act(() => dispatch("early"));
  expect(value()).toBe("early");
  await joined();
  const theirs = await other("log");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("early"));
  expect(value()).toBe("early");
});

test("applies new actions with the newest inline reducer", async () => {
  const { server } = running;
  let dispatch = (_: string) => {};
  const dispatches = new Set<unknown>();
  function Suffixed({ suffix }: { suffix: string }) {
    const [state, d] = useSharedReducer("log", (s: string, a: string) => `${s}${a}${suffix}`, "");
    dispatch = d;
    dispatches.add(d);
    return <output>{state}</output>;
  }
  const tree = (suffix: string) => (
    <DriftDBProvider api={server.url}>
      <Suffixed suffix={suffix} />
    </DriftDBProvider>
  );
  const view = render(tree("1"));
  await joined();
  act(() => dispatch("a"));
  expect(value()).toBe("a1");
  await waitFor(() => expect(page.sent.some((frame) => frame.includes('"push"'))).toBe(true));
  view.rerender(tree("2"));
  act(() => dispatch("b"));
  expect(value()).toMatch(/b2$/);
  expect(dispatches.size).toBe(1);
});

test("follows a changed key in the same render; dispatch keeps its key", async () => {
  const { server } = running;
  const dispatches = new Map<string, (action: string) => void>();
  const tree = (k: string) => (
    <DriftDBProvider api={server.url}>
      <Shown k={k} out={(d) => !dispatches.has(k) && dispatches.set(k, d)} />
    </DriftDBProvider>
  );
  const view = render(tree("a"));
  await joined();
  act(() => dispatches.get("a")?.("A"));
  view.rerender(tree("b"));
  expect(value()).toBe("");
  act(() => dispatches.get("b")?.("B"));
  act(() => dispatches.get("a")?.("2"));
  expect(value()).toBe("B");
  const [a, b] = [await other("a"), await other("b")];
  await waitFor(() => expect([a.getSnapshot(), b.getSnapshot()]).toEqual(["A2", "B"]));
  view.rerender(tree("a"));
  await waitFor(() => expect(value()).toBe("A2"));
});

test("init creates the initial state, once for each key", async () => {
  const { server } = running;
  const init = vi.fn((size: number) => Array.from({ length: size }, () => 0));
  let hit = (_: number) => {};
  function Board({ k, size }: { k: string; size: number }) {
    const [cells, dispatch] = useSharedReducer(
      k,
      (state: number[], at: number) => state.with(at, (state[at] ?? 0) + 1),
      size,
      init,
    );
    hit = dispatch;
    return <output>{cells.join(" ")}</output>;
  }
  const tree = (k: string, size: number) => (
    <DriftDBProvider api={server.url}>
      <Board k={k} size={size} />
    </DriftDBProvider>
  );
  const view = render(tree("one", 2));
  act(() => hit(1));
  view.rerender(tree("one", 3));
  expect(value()).toBe("0 1");
  expect(init).toHaveBeenCalledTimes(1);
  view.rerender(tree("two", 3));
  expect(value()).toBe("0 0 0");
  expect(init).toHaveBeenCalledTimes(2);
});

test("many actions of several pages end up in the same order everywhere", async () => {
  const { server } = running;
  let dispatch = (_: string) => {};
  render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Shown out={(d) => (dispatch = d)} />
      </DriftDBProvider>
    </StrictMode>,
  );
  await joined();
  const theirs = await other("log");
  for (let i = 0; i < 100; i++) {
    act(() => dispatch("x"));
    theirs.dispatch("o");
    // From time to time the network gets a turn, so that confirmed and unconfirmed actions mix.
    if (i % 10 === 0) await server.join(roomOfPage());
  }
  const count = (text: string | null, letter: string) => (text ?? "").split(letter).length - 1;
  await waitFor(() => {
    expect(count(value(), "x")).toBe(100);
    expect(count(value(), "o")).toBe(100);
    expect(theirs.getSnapshot()).toBe(value());
  });
  const late = await other("log");
  await waitFor(() => expect(late.getSnapshot()).toBe(value()));
});

test("renders when the state changes, and not when the room confirms own actions", async () => {
  const { server } = running;
  let renders = 0;
  let dispatch = (_: string) => {};
  function Counted() {
    const [state, d] = useSharedReducer("log", append, "");
    renders += 1;
    dispatch = d;
    return <output>{state}</output>;
  }
  render(
    <DriftDBProvider api={server.url}>
      <Counted />
    </DriftDBProvider>,
  );
  await joined();
  act(() => dispatch("a"));
  const theirs = await other("log");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("a"));
  theirs.dispatch("b");
  await waitFor(() => expect(value()).toBe("ab"));
  expect(renders).toBe(3);
});

test("a component that was hidden shows what it missed, with no action applied twice", async () => {
  const { server } = running;
  let dispatch = (_: string) => {};
  const tree = (shown: boolean) => (
    <StrictMode>
      <DriftDBProvider api={server.url}>{shown && <Shown out={(d) => (dispatch = d)} />}</DriftDBProvider>
    </StrictMode>
  );
  const view = render(tree(true));
  await joined();
  act(() => dispatch("a"));
  const theirs = await other("log");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("a"));
  view.rerender(tree(false));
  theirs.dispatch("b");
  view.rerender(tree(true));
  await waitFor(() => expect(value()).toBe("ab"));
  act(() => dispatch("c"));
  await waitFor(() => expect(theirs.getSnapshot()).toBe("abc"));
  expect(value()).toBe("abc");
});

test("components with one key share one state, also offline; one that mounts later sees it", async () => {
  const { server } = running;
  let add: (step: number) => void = () => {};
  function Sum() {
    const [sum, dispatch] = useSharedReducer("shared", (total: number, step: number) => total + step, 0);
    add = dispatch;
    return <li>{sum}</li>;
  }
  const tree = (more: boolean) => (
    <DriftDBProvider api={server.url}>
      <Sum />
      <Sum />
      {more && <Sum />}
    </DriftDBProvider>
  );
  const sums = () => screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  const view = render(tree(false));
  await waitFor(() => expect(server.open.size).toBe(1));
  await server.down();
  act(() => add(5));
  expect(sums()).toEqual(["5", "5"]);
  view.rerender(tree(true));
  expect(sums()).toEqual(["5", "5", "5"]);
  await server.up();
  act(() => add(2));
  await waitFor(() => expect(sums()).toEqual(["7", "7", "7"]));
  expect(page.gets("shared")).toBeLessThanOrEqual(2);
});

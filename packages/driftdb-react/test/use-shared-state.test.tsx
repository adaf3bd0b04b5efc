// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, waitFor } from "@testing-library/react";
import { StrictMode } from "react";
import { expect, test } from "vitest";
import { DriftDBProvider, type SharedStateSetter, useSharedState } from "../src/index.js";
import { testServer } from "./harness.js";
import { other, Shown, values } from "./shown-state.js";

const running = testServer();

async function joined(): Promise<void> {
  await waitFor(() => expect(running.server.open.size).toBe(1));
}

test("shows the initial value, then other clients' values; they see this page's", async () => {
  const { server } = running;
  let set: SharedStateSetter<number> = () => {};
  render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Shown k="slider" initial={0} out={(s) => (set = s)} />
      </DriftDBProvider>
    </StrictMode>,
  );
  expect(values()).toEqual(["0"]);
  await joined();
  const theirs = await other<number>(server, "slider");
  theirs.setStateOptimistic(7);
  await waitFor(() => expect(values()).toEqual(["7"]));
  act(() => set(8));
  expect(values()).toEqual(["8"]);
  await waitFor(() => expect(theirs.getSnapshot()).toBe(8));
});

test("a late page sees the value set before", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  const theirs = await other(server, "slider", room);
  theirs.setStateOptimistic("before");
  theirs.destroy();
  render(
    <DriftDBProvider api={server.url} room={room}>
      <Shown k="slider" initial="" />
    </DriftDBProvider>,
  );
  await waitFor(() => expect(values()).toEqual(['"before"']));
});

test("keeps a value set before the page is connected", async () => {
  const { server } = running;
  let set: SharedStateSetter<string> = () => {};
  render(
    <DriftDBProvider api={server.url}>
      <Shown k="early" initial="" out={(s) => (set = s)} />
    </DriftDBProvider>,
  );
  act(() => set("bird"));
  expect(values()).toEqual(['"bird"']);
  await joined();
  const theirs = await other<string>(server, "early");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("bird"));
  expect(values()).toEqual(['"bird"']);
});

test("a setter function sees the newest value: own, set twice in a tick, or another client's", async () => {
  const { server } = running;
  let set: SharedStateSetter<number> = () => {};
  const first: { set?: SharedStateSetter<number> } = {};
  render(
    <DriftDBProvider api={server.url}>
      <Shown
        k="n"
        initial={100}
        out={(s) => {
          set = s;
          first.set ??= s;
        }}
      />
    </DriftDBProvider>,
  );
  act(() => {
    set((n) => n + 1);
    set((n) => n + 1);
  });
  expect(values()).toEqual(["102"]);
  act(() => first.set?.((n) => n + 1));
  expect(values()).toEqual(["103"]);
  await joined();
  const theirs = await other<number>(server, "n");
  await waitFor(() => expect(theirs.getSnapshot()).toBe(103));
  theirs.setStateOptimistic(500);
  await waitFor(() => expect(values()).toEqual(["500"]));
  act(() => set((n) => n + 1));
  await waitFor(() => expect(theirs.getSnapshot()).toBe(501));
});

test("follows a changed key in the same render, with its own initial value", async () => {
  const { server } = running;
  const rendered: string[] = [];
  const setters = new Map<string, SharedStateSetter<string>>();
  function Named({ k }: { k: string }) {
    const [value, set] = useSharedState(k, `no ${k}`);
    rendered.push(`${k}: ${value}`);
    if (!setters.has(k)) setters.set(k, set);
    return <output>{value}</output>;
  }
  const tree = (k: string) => (
    <DriftDBProvider api={server.url}>
      <Named k={k} />
    </DriftDBProvider>
  );
  const view = render(tree("a"));
  act(() => setters.get("a")?.("A"));
  view.rerender(tree("b"));
  expect(values()).toEqual(["no b"]);
  // The setter of the old key still sets the old key.
  act(() => setters.get("a")?.("A2"));
  expect(values()).toEqual(["no b"]);
  act(() => setters.get("b")?.("B"));
  expect(values()).toEqual(["B"]);
  await joined();
  const [a, b] = [await other<string>(server, "a"), await other<string>(server, "b")];
  await waitFor(() => expect([a.getSnapshot(), b.getSnapshot()]).toEqual(["A2", "B"]));
  b.setStateOptimistic("B2");
  await waitFor(() => expect(values()).toEqual(["B2"]));
  expect(rendered.filter((line) => line.startsWith("b: ") && line.includes("A"))).toEqual([]);
  view.rerender(tree("a"));
  expect(values()).toEqual(["A2"]);
});

test("shows falsy values", async () => {
  const { server } = running;
  let set: SharedStateSetter<unknown> = () => {};
  render(
    <DriftDBProvider api={server.url}>
      <Shown<unknown> k="any" initial="initial" out={(s) => (set = s)} />
    </DriftDBProvider>,
  );
  for (const value of [0, "", false, null, []]) {
    act(() => set(value));
    expect(values()).toEqual([JSON.stringify(value)]);
  }
});

test("sends the last value set before a component unmounts, and shows it when it mounts again", async () => {
  const { server } = running;
  let set: SharedStateSetter<number> = () => {};
  const tree = (shown: boolean) => (
    <DriftDBProvider api={server.url}>
      {shown && <Shown k="drag" initial={0} out={(s) => (set = s)} />}
    </DriftDBProvider>
  );
  const view = render(tree(true));
  await joined();
  act(() => {
    for (let i = 1; i <= 50; i++) set(i);
  });
  view.rerender(tree(false));
  const theirs = await other<number>(server, "drag");
  await waitFor(() => expect(theirs.getSnapshot()).toBe(50));
  view.rerender(tree(true));
  await waitFor(() => expect(values()).toEqual(["50"]));
});

test("sends the last value set before the provider unmounts", async () => {
  const { server } = running;
  let set: SharedStateSetter<number> = () => {};
  const view = render(
    <DriftDBProvider api={server.url}>
      <Shown k="drag" initial={0} out={(s) => (set = s)} />
    </DriftDBProvider>,
  );
  await joined();
  const theirs = await other<number>(server, "drag");
  act(() => {
    for (let i = 1; i <= 50; i++) set(i);
  });
  view.unmount();
  await waitFor(() => expect(theirs.getSnapshot()).toBe(50));
});

test("many pages that set a value together end up with the same one", async () => {
  const { server } = running;
  let set: SharedStateSetter<number> = () => {};
  render(
    <DriftDBProvider api={server.url}>
      <Shown k="race" initial={0} out={(s) => (set = s)} />
    </DriftDBProvider>,
  );
  await joined();
  const theirs = await other<number>(server, "race");
  const late = await other<number>(server, "race");
  for (let i = 1; i <= 30; i++) {
    act(() => set(i));
    theirs.setStateOptimistic(-i);
  }
  await waitFor(() => {
    const [mine] = values();
    expect(mine).not.toBe("0");
    expect([theirs.getSnapshot(), late.getSnapshot()].map(String)).toEqual([mine, mine]);
  });
});

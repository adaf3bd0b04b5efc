// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import type { DbConnection } from "driftdb";
import { Profiler, useEffect, useState } from "react";
import { expect, test } from "vitest";
import { DriftDBProvider, type SharedStateSetter, useDatabase, useSharedState } from "../src/index.js";
import { page, testServer } from "./harness.js";
import { other, Shown, values } from "./shown-state.js";

const running = testServer();

async function joined(): Promise<void> {
  await waitFor(() => expect(running.server.open.size).toBe(1));
}

test("keeps the setter while the key stays the same", async () => {
  const { server } = running;
  const setters = new Set<unknown>();
  const tree = (k: string, initial: number[]) => (
    <DriftDBProvider api={server.url}>
      <Shown k={k} initial={initial} out={(s) => setters.add(s)} />
    </DriftDBProvider>
  );
  const view = render(tree("a", []));
  for (let i = 0; i < 5; i++) view.rerender(tree("a", []));
  expect(setters.size).toBe(1);
  view.rerender(tree("b", []));
  expect(setters.size).toBe(2);
});

test("components with one key change in one render, have own initial values, and cost one get", async () => {
  const { server } = running;
  let set: SharedStateSetter<string> = () => {};
  let commits = 0;
  render(
    <DriftDBProvider api={server.url}>
      <Profiler id="all" onRender={() => (commits += 1)}>
        <Shown k="same" initial="one" out={(s) => (set = s)} />
        <Shown k="same" initial="two" />
        <Shown k="same" initial="three" />
      </Profiler>
    </DriftDBProvider>,
  );
  expect(values()).toEqual(['"one"', '"two"', '"three"']);
  await joined();
  const before = commits;
  act(() => set("all"));
  expect(values()).toEqual(['"all"', '"all"', '"all"']);
  expect(commits).toBe(before + 1);
  const theirs = await other<string>(server, "same");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("all"));
  expect(page.gets("same")).toBe(1);
});

test("keeps the object of an inline initial value through all renders", async () => {
  const { server } = running;
  const seen = new Set<unknown>();
  function Listed() {
    const [list] = useSharedState<string[]>("list", []);
    const [, again] = useState(0);
    seen.add(list);
    useEffect(() => again((n) => Math.min(n + 1, 3)), []);
    return <button type="button" onClick={() => again((n) => n + 1)}>{`again ${list.length}`}</button>;
  }
  render(
    <DriftDBProvider api={server.url}>
      <Listed />
    </DriftDBProvider>,
  );
  for (let i = 0; i < 3; i++) act(() => screen.getByRole("button").click());
  expect(seen.size).toBe(1);
});

test("renders when its value changes, and for nothing else in the room", async () => {
  const { server } = running;
  let renders = 0;
  function Counted() {
    const [value] = useSharedState("mine", 0);
    renders += 1;
    return <output>{value}</output>;
  }
  render(
    <DriftDBProvider api={server.url}>
      <Counted />
    </DriftDBProvider>,
  );
  await joined();
  const [mine, theirs] = [await other<number>(server, "mine"), await other<number>(server, "theirs")];
  for (let i = 1; i <= 20; i++) theirs.setStateOptimistic(i);
  mine.setStateOptimistic(1);
  await waitFor(() => expect(values()).toEqual(["1"]));
  expect(renders).toBe(2);
});

test("of 1,000 components with 1,000 keys, an update renders one", async () => {
  const { server } = running;
  const renders: number[] = [];
  function Counted(props: { n: number }) {
    const { n } = props;
    const [value] = useSharedState(`key ${n}`, 0);
    renders[n] = (renders[n] ?? 0) + 1;
    return <output>{value}</output>;
  }
  const numbers = Array.from({ length: 1_000 }, (_, n) => n);
  let commits = 0;
  let db: DbConnection | undefined;
  function Out() {
    db = useDatabase();
    return null;
  }
  render(
    <DriftDBProvider api={server.url}>
      <Out />
      <Profiler id="all" onRender={() => (commits += 1)}>
        {numbers.map((n) => (
          <Counted key={n} n={n} />
        ))}
      </Profiler>
    </DriftDBProvider>,
  );
  await joined();
  // All histories arrive before the answer to this.
  await waitFor(() => expect(page.gets("key 999")).toBe(1));
  expect(await db?.testLatency()).toBeGreaterThan(0);
  expect([commits, ...renders]).toEqual(Array(1_001).fill(1));
  const theirs = await other<number>(server, "key 500");
  theirs.setStateOptimistic(7);
  await waitFor(() => expect(document.querySelectorAll("output")[500]?.textContent).toBe("7"));
  expect(await db?.testLatency()).toBeGreaterThan(0);
  expect(commits).toBe(2);
  expect(renders).toEqual(numbers.map((n) => (n === 500 ? 2 : 1)));
});

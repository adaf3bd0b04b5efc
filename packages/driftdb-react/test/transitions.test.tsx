// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { startTransition, useDeferredValue, useLayoutEffect, useState, useTransition } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DriftDBProvider, StatusIndicator, useSharedReducer, useSharedState } from "../src/index.js";
import { testServer } from "./harness.js";
import { other } from "./shown-state.js";

const running = testServer();

/** React's complaints, such as tearing, and snapshots that change without a change of the store. */
let complaints: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  complaints = vi.spyOn(console, "error");
});

afterEach(() => {
  expect(complaints.mock.calls).toEqual([]);
  complaints.mockRestore();
});

test("a transition sets shared values together with a local state", async () => {
  const { server } = running;
  function Both() {
    const [isPending, start] = useTransition();
    const [tab, setTab] = useState("first");
    const [value, setValue] = useSharedState("value", 0);
    const [sum, add] = useSharedReducer("sum", (state: number, by: number) => state + by, 0);
    const go = () =>
      start(() => {
        setTab("second");
        setValue((n) => n + 1);
        setValue((n) => n + 1);
        add(3);
        add(4);
      });
    return (
      <>
        <button type="button" onClick={go}>{`${tab} ${value} ${sum} ${isPending}`}</button>
        <StatusIndicator />
      </>
    );
  }
  render(
    <DriftDBProvider api={server.url}>
      <Both />
    </DriftDBProvider>,
  );
  await screen.findByText("Connected");
  const theirs = await other<number>(server, "value");
  act(() => screen.getByRole("button").click());
  await screen.findByText("second 2 7 false");
  await waitFor(() => expect(theirs.getSnapshot()).toBe(2));
  act(() => startTransition(() => theirs.setStateOptimistic(10)));
  await screen.findByText("second 10 7 false");
});

test("useDeferredValue lags behind a shared value, and ends up with it", async () => {
  const { server } = running;
  const seen: string[] = [];
  function Deferred() {
    const [value, set] = useSharedState("value", 0);
    const deferred = useDeferredValue(value);
    seen.push(`${value} ${deferred}`);
    return (
      <>
        <button type="button" onClick={() => set(value + 1)}>{`${value} ${deferred}`}</button>
        <StatusIndicator />
      </>
    );
  }
  render(
    <DriftDBProvider api={server.url}>
      <Deferred />
    </DriftDBProvider>,
  );
  await screen.findByText("Connected");
  const theirs = await other<number>(server, "value");
  act(() => screen.getByRole("button").click());
  await screen.findByText("1 1");
  await waitFor(() => expect(theirs.getSnapshot()).toBe(1));
  theirs.setStateOptimistic(5);
  await screen.findByText("5 5");
  expect(seen).toEqual(["0 0", "1 0", "1 1", "5 1", "5 5"]);
});

test("if a value changes while a transition renders, all components commit with the same value", async () => {
  const { server } = running;
  const readers = 30;
  let rendered = 0;
  let renderedAtChange = 0;
  let change = () => {};
  const committed: string[] = [];
  function Reader() {
    const [value] = useSharedState("value", "before");
    rendered += 1;
    // Long enough for React to yield before the next component.
    const end = performance.now() + 6;
    while (performance.now() < end);
    return <li>{value}</li>;
  }
  function Setter() {
    const [, setValue] = useSharedState("value", "before");
    change = () => {
      renderedAtChange = rendered;
      setValue("after");
    };
    return null;
  }
  let show = (_: boolean) => {};
  function App() {
    const [shown, setShown] = useState(false);
    show = setShown;
    useLayoutEffect(() => {
      const items = [...document.querySelectorAll("li")].map((item) => item.textContent);
      if (items.length > 0) committed.push([...new Set(items)].join());
    });
    return (
      <>
        <ul>{shown && Array.from({ length: readers }, (_, i) => <Reader key={String(i)} />)}</ul>
        <StatusIndicator />
      </>
    );
  }
  // In act, React would render without yielding.
  const scope = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  const before = scope.IS_REACT_ACT_ENVIRONMENT;
  scope.IS_REACT_ACT_ENVIRONMENT = false;
  const container = document.body.appendChild(document.createElement("div"));
  const root = createRoot(container);
  try {
    root.render(
      <DriftDBProvider api={server.url}>
        <App />
        <Setter />
      </DriftDBProvider>,
    );
    await expect.poll(() => container.textContent).toContain("Connected");
    startTransition(() => show(true));
    await vi.waitUntil(() => rendered > 2, { interval: 1 });
    change();
    await expect.poll(() => document.querySelectorAll("li").length).toBe(readers);
    expect(renderedAtChange).toBeLessThan(readers);
    expect(new Set(committed)).toEqual(new Set(["after"]));
  } finally {
    root.unmount();
    container.remove();
    scope.IS_REACT_ACT_ENVIRONMENT = before as boolean;
  }
});

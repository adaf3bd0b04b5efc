import { act, render, screen, waitFor } from "@testing-library/react";
import type { DbConnection } from "driftdb";
import { StrictMode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { DriftDBProvider, useDatabase, useLatency } from "../src/index.js";
import { page, testServer } from "./harness.js";

const running = testServer();

afterEach(() => {
  vi.restoreAllMocks();
});

let db: DbConnection;

function Latency() {
  db = useDatabase();
  return <p title="latency">{String(useLatency())}</p>;
}

const tree = (shown = true) => (
  <StrictMode>
    <DriftDBProvider api={running.server.url} onError={() => {}}>
      {shown && <Latency />}
      {shown && <Latency />}
    </DriftDBProvider>
  </StrictMode>
);

const latencies = () => screen.getAllByTitle("latency").map(({ textContent }) => textContent);
const pings = () => page.sent.filter((frame) => frame.includes('"ping"')).length;

/** Collects the timers of 5 s, so that the test can fire them. */
function holdTimers() {
  const held = new Map<unknown, () => void>();
  const { setTimeout, clearTimeout } = globalThis;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms?: number) => {
    if (ms !== 5_000) return setTimeout(run, ms);
    const id = {};
    held.set(id, run);
    return id;
  }) as typeof globalThis.setTimeout);
  vi.spyOn(globalThis, "clearTimeout").mockImplementation((id) => {
    if (!held.delete(id)) clearTimeout(id);
  });
  return {
    count: () => held.size,
    fire: () => {
      for (const [id, run] of [...held]) {
        held.delete(id);
        run();
      }
    },
  };
}

function setHidden(hidden: boolean): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

async function measured(count: number): Promise<void> {
  await waitFor(() => expect(pings()).toBe(count));
  await waitFor(() => {
    const [first, second] = latencies();
    expect(first).toMatch(/^\d+$/);
    expect(second).toBe(first);
  });
}

test("is measured immediately, once for all components, then periodically", async () => {
  const timers = holdTimers();
  render(tree());
  expect(latencies()).toEqual(["null", "null"]);
  await measured(1);
  for (const count of [2, 3]) {
    await waitFor(() => expect(timers.count()).toBe(1));
    timers.fire();
    await measured(count);
  }
});

test("is null without a connection, and measured when it is back", async () => {
  const { server } = running;
  const timers = holdTimers();
  render(tree());
  await measured(1);
  await act(() => server.down());
  await waitFor(() => expect(latencies()).toEqual(["null", "null"]));
  expect(timers.count()).toBe(0);
  await server.up();
  await waitFor(() => {
    window.dispatchEvent(new Event("online"));
    expect(latencies()).not.toContain("null");
  });
});

test("is not measured while the page is hidden", async () => {
  const timers = holdTimers();
  render(tree());
  await measured(1);
  await waitFor(() => expect(timers.count()).toBe(1));
  setHidden(true);
  expect(timers.count()).toBe(0);
  expect(latencies()).not.toContain("null");
  setHidden(false);
  await measured(pings());
  await waitFor(() => expect(timers.count()).toBe(1));
});

test("is not measured after the last unmount", async () => {
  const { server } = running;
  const timers = holdTimers();
  const view = render(tree());
  await measured(1);
  await waitFor(() => expect(timers.count()).toBe(1));
  view.rerender(tree(false));
  expect(timers.count()).toBe(0);
  document.dispatchEvent(new Event("visibilitychange"));
  // An answer that is on its way does not start it again.
  view.rerender(tree());
  expect(latencies()).toEqual(["null", "null"]);
  view.rerender(tree(false));
  const before = pings();
  expect(await db.testLatency()).toBeGreaterThanOrEqual(0);
  expect(pings()).toBe(before + 1);
  expect(timers.count()).toBe(0);
  view.unmount();
  await waitFor(() => expect(server.open.size).toBe(0));
  expect(db.statusListener.dispatch(undefined as never)).toBe(false);
});

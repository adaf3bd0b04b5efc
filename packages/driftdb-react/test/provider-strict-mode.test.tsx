// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import type { DbConnection } from "driftdb";
import * as React from "react";
import { StrictMode, Suspense, startTransition, useState } from "react";
import { expect, test } from "vitest";
import {
  DriftDBProvider,
  StatusIndicator,
  useDatabase,
  useSharedReducer,
  useSharedState,
} from "../src/index.js";
import { gate, page, testServer } from "./harness.js";

const running = testServer();

async function connected(): Promise<void> {
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain("Connected"));
}

function Everything() {
  const [value, setValue] = useSharedState("value", 0);
  const [sum, dispatch] = useSharedReducer("sum", (state: number, by: number) => state + by, 0);
  useDatabase();
  return (
    <>
      <StatusIndicator />
      <button type="button" onClick={() => setValue((v) => v + 1)}>{`value ${value}`}</button>
      <button type="button" onClick={() => dispatch(2)}>{`sum ${sum}`}</button>
    </>
  );
}

test("StrictMode: one room, one socket, one get per key", async () => {
  const { server } = running;
  render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Everything />
        <Everything />
      </DriftDBProvider>
    </StrictMode>,
  );
  await waitFor(() => {
    for (const indicator of screen.getAllByRole("status"))
      expect(indicator.textContent).toContain("Connected");
  });
  act(() => screen.getAllByText("value 0")[0]?.click());
  act(() => screen.getAllByText("sum 0")[0]?.click());
  await waitFor(() => expect(screen.getAllByText("value 1")).toHaveLength(2));
  await waitFor(() => expect(screen.getAllByText("sum 2")).toHaveLength(2));
  expect(server.newRooms).toBe(1);
  expect(server.requests).toHaveLength(1);
  expect(server.upgrades).toBe(1);
  expect(page.gets("value")).toBe(1);
});

test("StrictMode: asks once for an existing room", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  server.requests.length = 0;
  render(
    <StrictMode>
      <DriftDBProvider api={server.url} room={room}>
        <Everything />
      </DriftDBProvider>
    </StrictMode>,
  );
  await connected();
  expect(server.requests).toEqual([`GET /room/${room}`]);
  expect(server.upgrades).toBe(1);
});

test("StrictMode: leaves nothing behind after unmount", async () => {
  const { server } = running;
  let db: DbConnection | undefined;
  function Out() {
    db = useDatabase();
    return null;
  }
  const view = render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <Everything />
        <Out />
      </DriftDBProvider>
    </StrictMode>,
  );
  await connected();
  expect(server.open.size).toBe(1);
  view.unmount();
  await waitFor(() => expect(server.open.size).toBe(0));

  // The connection has no listeners left, and follows no key when it is used again.
  const emitters = [db?.statusListener, db?.errorListener, db?.messageListener];
  expect(emitters.map((emitter) => emitter?.dispatch(undefined as never))).toEqual([false, false, false]);
  const { room } = await server.newRoom();
  page.sent.length = 0;
  await db?.connect(`${server.url.replace("http", "ws")}room/${room}/connect`);
  expect(await db?.testLatency()).toBeGreaterThanOrEqual(0);
  expect(page.sent.map((frame) => JSON.parse(frame).type)).toEqual(["ping"]);
  db?.disconnect();

  // A network that is back wakes nothing either.
  const { upgrades } = server;
  const requests = [...server.requests, "POST /new", "POST /new"];
  window.dispatchEvent(new Event("online"));
  await server.newRoom();
  await server.newRoom();
  expect(server.requests).toEqual(requests);
  expect(server.upgrades).toBe(upgrades);
});

test("unmount during each stage of connecting leaves no socket behind", async () => {
  const { server } = running;
  for (let turn = 0; turn < 30; turn++) {
    const view = render(
      <DriftDBProvider api={server.url}>
        <Everything />
      </DriftDBProvider>,
    );
    for (let i = 0; i < turn; i++) await new Promise((resolve) => setTimeout(resolve, 0));
    view.unmount();
  }
  const last = render(
    <DriftDBProvider api={server.url}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await connected();
  await waitFor(() => expect(server.open.size).toBe(1));
  last.unmount();
  await waitFor(() => expect(server.open.size).toBe(0));
});

test("concurrent rendering: renders that React discards create no room and no socket", async () => {
  const { server } = running;
  const door = gate<void>();
  let open = false;
  let renders = 0;
  function Slow() {
    renders += 1;
    if (!open) throw door.promise;
    return <p>here</p>;
  }
  let show = (_: boolean) => {};
  function App() {
    const [shown, setShown] = useState(false);
    show = setShown;
    return shown ? (
      <DriftDBProvider api={server.url}>
        <Everything />
        <Slow />
      </DriftDBProvider>
    ) : (
      <p>nothing yet</p>
    );
  }
  render(
    <StrictMode>
      <Suspense fallback={null}>
        <App />
      </Suspense>
    </StrictMode>,
  );
  await act(async () => startTransition(() => show(true)));
  expect(screen.getByText("nothing yet")).toBeTruthy();
  expect(renders).toBeGreaterThan(0);
  expect(server.requests).toEqual([]);
  open = true;
  await act(async () => door.resolve());
  await connected();
  expect(screen.getByText("here")).toBeTruthy();
  expect(server.newRooms).toBe(1);
  expect(server.upgrades).toBe(1);
});

test.skipIf(!React.Activity)("a hidden tree closes its socket, and returns to the same room", async () => {
  const { server } = running;
  const tree = (mode: "visible" | "hidden") => (
    <StrictMode>
      <React.Activity mode={mode}>
        <DriftDBProvider api={server.url}>
          <Everything />
        </DriftDBProvider>
      </React.Activity>
    </StrictMode>
  );
  const view = render(tree("visible"));
  await connected();
  act(() => screen.getByText("value 0").click());
  act(() => screen.getByText("sum 0").click());
  await waitFor(() => expect(page.sent.filter((frame) => frame.includes('"push"'))).toHaveLength(2));
  view.rerender(tree("hidden"));
  await waitFor(() => expect(server.open.size).toBe(0));
  view.rerender(tree("visible"));
  await connected();
  act(() => screen.getByText("value 1").click());
  act(() => screen.getByText("sum 2").click());
  await screen.findByText("value 2");
  await screen.findByText("sum 4");
  expect(server.newRooms).toBe(1);
  expect(server.upgrades).toBe(2);
  expect(server.open.size).toBe(1);
});

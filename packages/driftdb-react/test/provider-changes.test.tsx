import { act, render, screen, waitFor } from "@testing-library/react";
import { type DbConnection, Reducer, StateListener } from "driftdb";
import { StrictMode } from "react";
import { expect, test } from "vitest";
import {
  DriftDBProvider,
  StatusIndicator,
  useDatabase,
  useSharedReducer,
  useSharedState,
} from "../src/index.js";
import { testServer } from "./harness.js";

const running = testServer();
const dbs: DbConnection[] = [];
const shown: string[] = [];

function View() {
  const db = useDatabase();
  if (dbs.at(-1) !== db) dbs.push(db);
  const [name, setName] = useSharedState("name", "nobody");
  const [sum, add] = useSharedReducer("sum", (state: number, by: number) => state + by, 0);
  shown.push(`${dbs.indexOf(db)} ${name} ${sum}`);
  return (
    <>
      <StatusIndicator />
      <button type="button" onClick={() => setName("changed")}>
        {name}
      </button>
      <button type="button" onClick={() => add(1)}>{`sum ${sum}`}</button>
    </>
  );
}

/** A room with a shared name and a shared sum. */
async function furnished(name: string, sum: number): Promise<string> {
  const { room } = await running.server.newRoom();
  const db = await running.server.join(room);
  const state = new StateListener<string>({ db, key: "name" });
  state.subscribe();
  state.setStateOptimistic(name);
  const reducer = new Reducer({
    db,
    key: "sum",
    reducer: (s: number, by: number) => s + by,
    initialValue: 0,
  });
  reducer.subscribe();
  reducer.dispatch(sum);
  state.destroy();
  await db.testLatency();
  db.disconnect();
  return room;
}

function start() {
  dbs.length = 0;
  shown.length = 0;
}

test("follows a changed room: old values vanish immediately, new ones arrive, over one socket", async () => {
  start();
  const { server } = running;
  const [first, second] = [await furnished("ada", 3), await furnished("bob", 5)];
  await waitFor(() => expect(server.open.size).toBe(0));
  const tree = (room: string) => (
    <StrictMode>
      <DriftDBProvider api={server.url} room={room}>
        <View />
      </DriftDBProvider>
    </StrictMode>
  );
  const view = render(tree(first));
  await screen.findByText("ada");
  await screen.findByText("sum 3");
  const before = dbs.at(-1);
  view.rerender(tree(second));
  expect(screen.getByText("nobody")).toBeTruthy();
  expect(screen.getByText("sum 0")).toBeTruthy();
  await screen.findByText("bob");
  await screen.findByText("sum 5");
  expect(dbs.at(-1)).not.toBe(before);
  expect(before?.status.connected).toBe(false);
  await waitFor(() => expect(server.open.size).toBe(1));

  // Values set now go to the new room, and not to the old one.
  act(() => screen.getByText("bob").click());
  act(() => screen.getByText("sum 5").click());
  await screen.findByText("sum 6");
  view.rerender(tree(first));
  await screen.findByText("ada");
  await screen.findByText("sum 3");
  view.rerender(tree(second));
  await screen.findByText("changed");
  await screen.findByText("sum 6");
});

test("never renders a value of the old room with the new connection", async () => {
  start();
  const { server } = running;
  const [first, second] = [await furnished("ada", 3), await furnished("bob", 5)];
  const view = render(
    <DriftDBProvider api={server.url} room={first}>
      <View />
    </DriftDBProvider>,
  );
  await screen.findByText("ada");
  await screen.findByText("sum 3");
  view.rerender(
    <DriftDBProvider api={server.url} room={second}>
      <View />
    </DriftDBProvider>,
  );
  await screen.findByText("bob");
  await screen.findByText("sum 5");
  const later = shown.filter((line) => line.startsWith("1 "));
  expect(later[0]).toBe("1 nobody 0");
  expect(later.filter((line) => line.includes("ada") || line.endsWith(" 3"))).toEqual([]);
});

test("after a change of useBinary, reconnects to the same room of the page's URL", async () => {
  start();
  const { server } = running;
  const view = render(
    <DriftDBProvider api={server.url}>
      <View />
    </DriftDBProvider>,
  );
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain("Connected"));
  act(() => screen.getByText("nobody").click());
  await screen.findByText("changed");
  const { href } = location;
  view.rerender(
    <DriftDBProvider api={server.url} useBinary>
      <View />
    </DriftDBProvider>,
  );
  await waitFor(() => expect(server.upgrades).toBe(2));
  await screen.findByText("changed");
  await waitFor(() => expect(server.open.size).toBe(1));
  expect(location.href).toBe(href);
  expect(server.newRooms).toBe(1);
});

test("follows a changed api", async () => {
  start();
  const { server } = running;
  const room = await furnished("ada", 3);
  await waitFor(() => expect(server.open.size).toBe(0));
  const view = render(
    <DriftDBProvider api="http://127.0.0.1:9/" room={room} onError={() => {}}>
      <View />
    </DriftDBProvider>,
  );
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain("is the server running?"));
  view.rerender(
    <DriftDBProvider api={server.url} room={room}>
      <View />
    </DriftDBProvider>,
  );
  expect(screen.getByRole("status").textContent).toContain("Connecting");
  await screen.findByText("ada");
  expect(server.open.size).toBe(1);
});

test("follows a changed room after one that was refused", async () => {
  start();
  const { server } = running;
  const room = await furnished("ada", 3);
  const tree = (room: string) => (
    <DriftDBProvider api={server.url} room={room} onError={() => {}}>
      <View />
    </DriftDBProvider>
  );
  const view = render(tree("unknown"));
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain("no such room"));
  view.rerender(tree(room));
  expect(screen.getByRole("status").textContent).toBe("○Connecting");
  await screen.findByText("ada");
  await screen.findByText("sum 3");
  expect(screen.getByRole("status").textContent).toContain("Connected");
});

test("stays connected when the page's URL changes or a parent renders again", async () => {
  start();
  const { server } = running;
  const tree = () => (
    <DriftDBProvider api={server.url} onError={() => {}}>
      <View />
    </DriftDBProvider>
  );
  const view = render(tree());
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain("Connected"));
  view.rerender(tree());
  history.pushState(null, "", "/elsewhere");
  view.rerender(tree());
  await dbs[0]?.testLatency();
  expect(dbs).toHaveLength(1);
  expect(server.upgrades).toBe(1);
  expect(server.requests).toEqual(["POST /new"]);
});

// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import type { DbConnection } from "driftdb";
import { type ReactNode, StrictMode, Suspense, startTransition, useState } from "react";
import { expect, test } from "vitest";
import {
  DriftDBProvider,
  StatusIndicator,
  useDatabase,
  useSharedReducer,
  useSharedState,
  useSyncStatus,
} from "../src/index.js";
import { gate, page, testServer } from "./harness.js";
import { other } from "./shown-state.js";

const running = testServer();

let db: DbConnection;

function Out() {
  db = useDatabase();
  return <StatusIndicator />;
}

/** A page whose provider is outside of the boundary. */
function app(children: ReactNode) {
  return (
    <StrictMode>
      <DriftDBProvider api={running.server.url}>
        <Out />
        <Suspense fallback={<p>waiting</p>}>{children}</Suspense>
      </DriftDBProvider>
    </StrictMode>
  );
}

/** A resource to wait for, such as data or code that loads. */
function door() {
  const { promise, resolve } = gate<void>();
  let open = false;
  return {
    /** Called in a render: suspends until it is opened. */
    pass() {
      if (!open) throw promise;
    },
    open: () =>
      act(async () => {
        open = true;
        resolve();
      }),
  };
}

function Everything(props: { k: string; pass?: (() => void) | undefined }) {
  const [value, setValue] = useSharedState(props.k, 0);
  const [sum, add] = useSharedReducer(`${props.k} sum`, (state: number, by: number) => state + by, 0);
  useSyncStatus();
  props.pass?.();
  return (
    <button
      type="button"
      onClick={() => {
        setValue(value + 1);
        add(2);
      }}
    >{`${props.k} ${value} ${sum}`}</button>
  );
}

const gets = (key: string) => [page.gets(key), page.gets(`${key} sum`)];
const click = () => act(() => screen.getByRole("button").click());

/** Unmounts, and checks that the connection has no listeners and follows no key when it is used again. */
async function nothingIsLeft(unmount: () => void) {
  await waitFor(() => expect(db.sync.getSnapshot().pending).toBe(0));
  unmount();
  await waitFor(() => expect(running.server.open.size).toBe(0));
  const emitters = [db.statusListener, db.errorListener, db.messageListener];
  expect(emitters.map((emitter) => emitter.dispatch(undefined as never))).toEqual([false, false, false]);
  const { socket_url } = await running.server.newRoom();
  page.sent.length = 0;
  await db.connect(socket_url);
  expect(await db.testLatency()).toBeGreaterThanOrEqual(0);
  expect(page.sent.map((frame) => JSON.parse(frame).type)).toEqual(["ping"]);
  db.disconnect();
}

test("while a sibling suspends, the hooks ask for nothing; then they ask once for each key", async () => {
  const { server } = running;
  const sibling = door();
  function Sibling() {
    sibling.pass();
    return <p>sibling</p>;
  }
  const tree = (turn: number) =>
    app(
      <>
        <Everything k="key" />
        <Sibling key={turn} />
      </>,
    );
  const view = render(tree(0));
  await screen.findByText("Connected");
  for (let turn = 1; turn <= 5; turn++) view.rerender(tree(turn));
  await db.testLatency();
  expect(screen.getByText("waiting")).toBeTruthy();
  expect(gets("key")).toEqual([0, 0]);
  await sibling.open();
  expect(screen.getByText("sibling")).toBeTruthy();
  click();
  const theirs = await other<number>(server, "key");
  await waitFor(() => expect(theirs.getSnapshot()).toBe(1));
  await screen.findByText("key 1 2");
  expect(gets("key")).toEqual([1, 1]);
  expect(server.upgrades).toBe(2);
  view.unmount();
  theirs.destroy();
  expect(server.newRooms).toBe(1);
});

test("a component that suspends after its hooks: abandoned renders send and leave nothing", async () => {
  const first = door();
  const view = render(app(<Everything k="0" pass={first.pass} />));
  await screen.findByText("Connected");
  // Each render has keys of its own, and React discards it.
  for (let turn = 1; turn <= 5; turn++) view.rerender(app(<Everything k={`${turn}`} pass={first.pass} />));
  await first.open();
  await waitFor(() => expect(gets("5")).toEqual([1, 1]));
  click();
  await screen.findByText("5 1 2");
  for (let turn = 0; turn < 5; turn++) expect(gets(`${turn}`)).toEqual([0, 0]);
  expect(running.server.upgrades).toBe(1);
  await nothingIsLeft(view.unmount);
});

test("a component that a value suspends resumes with the newest one, without another get", async () => {
  const { server } = running;
  const details = door();
  function Detail() {
    const [id, setId] = useSharedState("id", 0);
    const [sum, add] = useSharedReducer("id sum", (state: number, by: number) => state + by, 0);
    if (id > 0) details.pass();
    return (
      <button
        type="button"
        onClick={() => {
          setId(9);
          add(1);
        }}
      >{`detail ${id} ${sum}`}</button>
    );
  }
  const view = render(app(<Detail />));
  await screen.findByText("Connected");
  const theirs = await other<number>(server, "id");
  const myButton = screen.getByText("detail 0 0");
  theirs.setStateOptimistic(1);
  await screen.findByText("waiting");
  theirs.setStateOptimistic(2);
  await act(() => db.send({ type: "push", key: "id sum", value: { apply: 5 }, action: { type: "append" } }));
  await details.open();
  await screen.findByText("detail 2 5");
  expect(screen.getByRole("button")).toBe(myButton);
  click();
  expect(screen.getByText("detail 9 6")).toBeTruthy();
  await waitFor(() => expect(theirs.getSnapshot()).toBe(9));
  expect(gets("id")).toEqual([1, 1]);
  expect(server.upgrades).toBe(2);
  theirs.destroy();
  view.unmount();
});

test("when a transition changes the key, the old one stays alive until the new one shows", async () => {
  const { server } = running;
  const second = door();
  let go = (_: string) => {};
  function Navigator() {
    const [key, setKey] = useState("one");
    go = setKey;
    return <Everything k={key} pass={key === "two" ? second.pass : undefined} />;
  }
  const view = render(app(<Navigator />));
  await screen.findByText("Connected");
  const theirs = await other<number>(server, "one");
  await act(async () => startTransition(() => go("two")));
  expect(screen.getByText("one 0 0")).toBeTruthy();
  act(() => theirs.setStateOptimistic(4));
  await screen.findByText("one 4 0");
  click();
  expect(screen.getByText("one 5 2")).toBeTruthy();
  await waitFor(() => expect(theirs.getSnapshot()).toBe(5));
  expect(gets("two")).toEqual([0, 0]);
  await second.open();
  expect(screen.getByText("two 0 0")).toBeTruthy();
  click();
  await screen.findByText("two 1 2");
  await waitFor(() => expect(gets("two")).toEqual([1, 1]));
  expect(gets("one")).toEqual([1, 1]);
  theirs.destroy();
  view.unmount();
});

test("when a transition changes the room, the old one keeps its socket until the new one shows", async () => {
  const { server } = running;
  const [first, second] = [await server.newRoom(), await server.newRoom()];
  const inSecond = door();
  let go = (_: string) => {};
  function App() {
    const [room, setRoom] = useState(first.room);
    go = setRoom;
    return (
      <DriftDBProvider api={server.url} room={room}>
        <Out />
        <Everything k="key" pass={room === second.room ? inSecond.pass : undefined} />
      </DriftDBProvider>
    );
  }
  const view = render(
    <StrictMode>
      <Suspense fallback={<p>waiting</p>}>
        <App />
      </Suspense>
    </StrictMode>,
  );
  await screen.findByText("Connected");
  const old = db;
  await act(async () => startTransition(() => go(second.room)));
  click();
  expect(screen.getByText("key 1 2")).toBeTruthy();
  expect(await old.testLatency()).toBeGreaterThanOrEqual(0);
  expect(server.upgrades).toBe(1);
  await inSecond.open();
  expect(screen.getByText("key 0 0")).toBeTruthy();
  await screen.findByText("Connected");
  click();
  await screen.findByText("key 1 2");
  await waitFor(() => expect(server.open.size).toBe(1));
  expect(server.upgrades).toBe(2);
  expect(old.status.connected).toBe(false);
  await nothingIsLeft(view.unmount);
});

// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, waitFor } from "@testing-library/react";
import { DbConnection, Lock, PresenceListener } from "driftdb";
import * as React from "react";
import { Component, type ReactNode, StrictMode, useEffect } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { DatabaseContext, DriftDBProvider, useHost, useLock, usePresence } from "../src/index.js";
import { page, testServer } from "./harness.js";

interface Cursor {
  x: number;
}

const running = testServer();

/** A room with another client, which shows x = 1. */
async function roomWith(clientId: string) {
  const { server } = running;
  const { room } = await server.newRoom();
  const db = await server.join(room);
  const presence = new PresenceListener<Cursor>({ db, key: "here", clientId, initialState: { x: 1 } });
  presence.subscribe();
  const inRoom = (children: ReactNode) => (
    <StrictMode>
      <DriftDBProvider api={server.url} room={room}>
        {children}
      </DriftDBProvider>
    </StrictMode>
  );
  return { room, db, presence, inRoom };
}

const shown = (text: string) => waitFor(() => expect(document.body.textContent).toBe(text));
const sent = (type: string) =>
  page.sent.map((frame) => JSON.parse(frame)).filter((frame) => (frame.action?.type ?? frame.type) === type);

test("a selector that closes over a prop follows it while nobody moves", async () => {
  const { inRoom } = await roomWith("a");
  function Times({ by }: { by: number }) {
    const xs = usePresence<Cursor, number[]>("here", undefined, {
      select: (others) => Object.values(others).map(({ value }) => value.x * by),
    });
    return <p>{xs.join() || "nobody"}</p>;
  }
  const view = render(inRoom(<Times by={2} />));
  await shown("2");
  view.rerender(inRoom(<Times by={3} />));
  expect(document.body.textContent).toBe("3");
});

test("a selector may return a Map or a Set", async () => {
  const { inRoom, presence } = await roomWith("a");
  function Names() {
    const ids = usePresence<Cursor, Set<number>>("here", undefined, {
      select: (others) => new Set(Object.values(others).map(({ value }) => value.x)),
    });
    return <p>{[...ids].join() || "nobody"}</p>;
  }
  render(inRoom(<Names />));
  await shown("1");
  presence.updateState({ x: 2 });
  await shown("2");
});

test("an error boundary catches what a selector throws", async () => {
  const { inRoom } = await roomWith("a");
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  class Boundary extends Component<{ children: ReactNode }> {
    override state = { message: "" };
    static getDerivedStateFromError = ({ message }: Error) => ({ message });
    override render() {
      return this.state.message || this.props.children;
    }
  }
  function Bad() {
    return usePresence<Cursor, string>("here", undefined, {
      select: ({ a }) => {
        if (a) throw new Error("bad selector");
        return "fine";
      },
    });
  }
  render(
    inRoom(
      <Boundary>
        <Bad />
      </Boundary>,
    ),
  );
  await shown("bad selector");
  log.mockRestore();
});

test.skipIf(!React.Activity)(
  "a hidden component leaves; shown again, it returns with its present value",
  async () => {
    const { inRoom, presence } = await roomWith("a");
    function Here({ x }: { x: number }) {
      return <p>{Object.keys(usePresence<Cursor>("here", { x })).join()}</p>;
    }
    const tree = (mode: "visible" | "hidden", x: number) =>
      inRoom(
        <React.Activity mode={mode}>
          <Here x={x} />
        </React.Activity>,
      );
    const seen = () => Object.values(presence.getSnapshot()).map(({ value }) => value.x);
    const view = render(tree("visible", 5));
    await waitFor(() => expect(seen()).toEqual([5]));
    view.rerender(tree("hidden", 5));
    await waitFor(() => expect(seen()).toEqual([]));
    view.rerender(tree("hidden", 6));
    view.rerender(tree("visible", 6));
    await waitFor(() => expect(seen()).toEqual([6]));
  },
);

test("a change of options does not make the client leave and return", async () => {
  const { inRoom, presence, db } = await roomWith("a");
  function Here({ interval }: { interval: number }) {
    const all = usePresence<Cursor>("here", { x: 5 }, { minPresenceInterval: interval, self: interval > 20 });
    return <p>{Object.keys(all).length}</p>;
  }
  const view = render(inRoom(<Here interval={20} />));
  await shown("1");
  await waitFor(() => expect(Object.keys(presence.getSnapshot())).toHaveLength(1));
  const seen: number[] = [];
  presence.subscribe((others) => void seen.push(Object.keys(others).length));
  view.rerender(inRoom(<Here interval={1_000} />));
  await shown("2");
  await act(async () => void (await db.testLatency()));
  expect(seen).toEqual([1]);
  expect([sent("hold").length, sent("release").length]).toEqual([1, 0]);
});

test("server markup without anybody hydrates without a mismatch, then shows the others", async () => {
  const { inRoom } = await roomWith("a");
  function Here() {
    const { isHost } = useHost();
    const others = usePresence<Cursor>("here", { x: 0 });
    const count = usePresence<Cursor, number[]>("here", undefined, {
      select: (all) => Object.values(all).map(({ value }) => value.x),
    });
    return <p>{`${Object.keys(others).join() || "nobody"} ${count.length} ${isHost}`}</p>;
  }
  const container = document.createElement("div");
  document.body.append(container);
  container.innerHTML = renderToString(inRoom(<Here />));
  expect(container.textContent).toBe("nobody 0 false");
  const complaints: unknown[] = [];
  const root = await act(async () =>
    hydrateRoot(container, inRoom(<Here />), { onRecoverableError: (error) => complaints.push(error) }),
  );
  await shown("a 1 true");
  expect(complaints).toEqual([]);
  act(() => root.unmount());
  container.remove();
});

test("a value that cannot be sent is reported, to the console if there is no listener", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const db = new DbConnection();
  function Here() {
    return <p>{Object.keys(usePresence("here", { x: Number.NaN })).length}</p>;
  }
  render(
    <DatabaseContext.Provider value={db}>
      <Here />
    </DatabaseContext.Provider>,
  );
  expect(log.mock.calls.map(([error]) => error.code)).toEqual(["bad_value"]);
  log.mockRestore();
});

test("a lock that a child acquires on mount ends with the component, which no longer has it", async () => {
  const { inRoom, db } = await roomWith("a");
  let acquire = () => {};
  function Child({ ask }: { ask: () => void }) {
    useEffect(ask, [ask]);
    return null;
  }
  function Door() {
    const lock = useLock("door");
    ({ acquire } = lock);
    return (
      <p>
        {lock.held ? "mine" : "not mine"}
        <Child ask={lock.acquire} />
      </p>
    );
  }
  const view = render(inRoom(<Door />));
  const other = new Lock({ db, key: "door", clientId: "a" });
  other.subscribe();
  await shown("mine");
  await waitFor(() => expect(other.getSnapshot().holder).not.toBe(null));
  view.rerender(inRoom(null));
  await waitFor(() => expect(other.getSnapshot().holder).toBe(null));
  await waitFor(() => expect(sent("unsubscribe")).toHaveLength(1));
  const holds = sent("hold").length;
  acquire();
  await db.testLatency();
  expect(sent("hold")).toHaveLength(holds);
});

// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { PresenceListener } from "driftdb";
import { Profiler, StrictMode, useState } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { DriftDBProvider, usePresence } from "../src/index.js";
import { page, roomOfPage, type TestServer, testServer } from "./harness.js";

interface Cursor {
  x: number;
}

const running = testServer();

/** The names of the others, as a component shows them. */
function Here({ k = "here", x = 0 }: { k?: string; x?: number }) {
  const others = usePresence<Cursor>(k, { x });
  return <p>{Object.keys(others).sort().join() || "nobody"}</p>;
}

/** Another client in the page's room. */
async function somebody(server: TestServer, clientId: string, key = "here") {
  const db = await server.join(roomOfPage());
  const presence = new PresenceListener<Cursor>({
    db,
    key,
    clientId,
    initialState: { x: 0 },
    minPresenceInterval: 0,
  });
  presence.subscribe();
  return { db, presence };
}

const holds = () =>
  page.sent.map((frame) => JSON.parse(frame)).filter(({ action }) => action?.type === "hold").length;
const frames = (type: string) => page.sent.filter((frame) => JSON.parse(frame).type === type).length;
const inRoom = () => waitFor(() => roomOfPage());
const shown = (text: string) => waitFor(() => expect(document.body.textContent).toBe(text));

test("shows who comes and goes, and their values", async () => {
  const { server } = running;
  render(
    <DriftDBProvider api={server.url}>
      <Here />
    </DriftDBProvider>,
  );
  expect(document.body.textContent).toBe("nobody");
  await inRoom();
  const a = await somebody(server, "a");
  await shown("a");
  const b = await somebody(server, "b");
  await shown("a,b");
  a.db.disconnect();
  await shown("b");
  // They see the page as one client.
  await waitFor(() => expect(Object.keys(b.presence.getSnapshot())).toHaveLength(1));
});

test("StrictMode: one hold, one get, and no flicker for the others", async () => {
  const { server } = running;
  const tree = (on: boolean) => (
    <StrictMode>
      <DriftDBProvider api={server.url}>{on && <Here />}</DriftDBProvider>
    </StrictMode>
  );
  const view = render(tree(true));
  await inRoom();
  const { presence } = await somebody(server, "a");
  const counts: number[] = [];
  presence.subscribe((others) => void counts.push(Object.keys(others).length));
  await waitFor(() => expect(counts.at(-1)).toBe(1));
  expect([holds(), page.gets("here"), frames("release")]).toEqual([1, 1, 0]);
  // Removed, and added again before the next task.
  view.rerender(tree(false));
  view.rerender(tree(true));
  await shown("a");
  expect([holds(), frames("release")]).toEqual([1, 0]);
  expect(counts.slice(counts.indexOf(1)).every((count) => count === 1)).toBe(true);
  view.rerender(tree(false));
  await waitFor(() => expect(counts.at(-1)).toBe(0));
  await waitFor(() => expect(frames("unsubscribe")).toBe(1));
});

test("two components with one key are one presence, which lasts until both unmount", async () => {
  const { server } = running;
  const tree = (both: boolean) => (
    <DriftDBProvider api={server.url}>
      <Here x={1} />
      {both && <Here x={2} />}
    </DriftDBProvider>
  );
  const view = render(tree(true));
  await inRoom();
  const { presence } = await somebody(server, "a");
  const seen: string[] = [];
  presence.subscribe(
    (others) =>
      void seen.push(
        Object.values(others)
          .map(({ value }) => value.x)
          .join(),
      ),
  );
  await waitFor(() => expect(seen.at(-1)).toBe("2"));
  view.rerender(tree(false));
  await waitFor(() => expect(seen.at(-1)).toBe("1"));
  expect(seen.slice(seen.indexOf("2"))).not.toContain("");
});

test("with a selector, does not render while 100 others move and the selection stays the same", async () => {
  const { server } = running;
  let commits = 0;
  function Count() {
    const ids = usePresence<Cursor, string[]>("here", undefined, {
      select: (others) => Object.keys(others).sort(),
    });
    return <p>{ids.length}</p>;
  }
  render(
    <DriftDBProvider api={server.url}>
      <Profiler id="count" onRender={() => (commits += 1)}>
        <Count />
      </Profiler>
    </DriftDBProvider>,
  );
  await inRoom();
  const others = await Promise.all(Array.from({ length: 100 }, (_, i) => somebody(server, `c${i}`)));
  await shown("100");
  const before = commits;
  // A client that sees all of them knows when they have moved.
  const witness = await somebody(server, "witness", "other");
  const all = new PresenceListener<Cursor>({ db: witness.db, key: "here", clientId: "witness" });
  all.subscribe();
  for (let x = 1; x <= 5; x++) {
    for (const { presence } of others) presence.updateState({ x });
    await waitFor(() => {
      const values = Object.values(all.getSnapshot());
      expect(values.filter(({ value }) => value.x === x)).toHaveLength(100);
    });
  }
  await act(async () => {
    await witness.db.testLatency();
  });
  expect(commits).toBe(before);
  others[0]?.db.disconnect();
  await shown("99");
  expect(commits).toBe(before + 1);
});

test("a component without a value only looks; with self, the page is among the others", async () => {
  const { server } = running;
  let show: (x: number | undefined) => void = () => {};
  function Me() {
    const [x, setX] = useState<number>();
    show = setX;
    const all = usePresence<Cursor>("here", x === undefined ? undefined : { x }, { self: true });
    return (
      <p>
        {Object.values(all)
          .map(({ value }) => value.x)
          .join() || "nobody"}
      </p>
    );
  }
  render(
    <DriftDBProvider api={server.url}>
      <Me />
    </DriftDBProvider>,
  );
  await inRoom();
  const { presence } = await somebody(server, "a");
  await shown("0");
  expect(holds()).toBe(0);
  act(() => show(7));
  await waitFor(() => expect(document.body.textContent).toMatch(/0,7|7,0/));
  expect(Object.keys(presence.getSnapshot())).toHaveLength(1);
  act(() => show(undefined));
  await shown("0");
});

test("follows a changed key immediately, and leaves nothing at the old one", async () => {
  const { server } = running;
  const tree = (k: string) => (
    <DriftDBProvider api={server.url}>
      <Here k={k} />
    </DriftDBProvider>
  );
  const view = render(tree("one"));
  await inRoom();
  const one = await somebody(server, "a", "one");
  const two = await somebody(server, "b", "two");
  await shown("a");
  view.rerender(tree("two"));
  await shown("b");
  await waitFor(() => expect(Object.keys(one.presence.getSnapshot())).toHaveLength(0));
  await waitFor(() => expect(Object.keys(two.presence.getSnapshot())).toHaveLength(1));
});

test("on the server, nobody is here", () => {
  const html = renderToString(
    <DriftDBProvider api="http://server/">
      <Here />
    </DriftDBProvider>,
  );
  expect(html).toContain("nobody");
});

test("without a provider, an error says what to do", () => {
  expect(() => renderToString(<Here />)).toThrow(
    'usePresence must be used inside <DriftDBProvider api="http://…">',
  );
});

test("of values that change fast, sends some and always the last", async () => {
  const { server } = running;
  const tree = (x: number) => (
    <DriftDBProvider api={server.url}>
      <Here x={x} />
    </DriftDBProvider>
  );
  const view = render(tree(0));
  await inRoom();
  const { presence } = await somebody(server, "a");
  await shown("a");
  const before = holds();
  for (let x = 1; x <= 200; x++) view.rerender(tree(x));
  await waitFor(() => expect(Object.values(presence.getSnapshot())[0]?.value).toEqual({ x: 200 }));
  expect(holds() - before).toBeLessThan(100);
  // An equal value is not sent again.
  const after = holds();
  for (let i = 0; i < 5; i++) view.rerender(tree(200));
  await act(async () => {
    await (await server.join(roomOfPage())).testLatency();
  });
  expect(holds()).toBe(after);
  expect(screen.getByText("a")).toBeTruthy();
});

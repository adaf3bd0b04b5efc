import { act, render, screen, waitFor } from "@testing-library/react";
import type { DbConnection, Message } from "driftdb";
import { StrictMode } from "react";
import { expect, test } from "vitest";
import { DriftDBProvider, useDatabase, useMessages } from "../src/index.js";
import { page, roomOfPage, testServer } from "./harness.js";

const running = testServer();

/** The arrays that components rendered, by the component's name. */
const rendered = new Map<string, (readonly Message<string>[])[]>();

function List({ k, name = "list" }: { k: string; name?: string }) {
  const messages = useMessages<string>(k);
  rendered.set(name, [...(rendered.get(name) ?? []), messages]);
  return <p title={name}>{messages.map(({ value, seq }) => `${seq}${value}`).join(" ")}</p>;
}

let db: DbConnection;
function Out() {
  db = useDatabase();
  return null;
}

const shown = (name = "list") => screen.getByTitle(name).textContent;
const push = (to: DbConnection, value: string, type: "append" | "relay" = "append", key = "k") =>
  to.send({ type: "push", key, value, action: { type } });

async function connected(): Promise<void> {
  await waitFor(() => expect(running.server.open.size).toBe(1));
}

test("shows the history, then messages appended by this page and others, without relays", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  const theirs = await server.join(room);
  await push(theirs, "a");
  render(
    <StrictMode>
      <DriftDBProvider api={server.url} room={room}>
        <List k="k" />
        <Out />
      </DriftDBProvider>
    </StrictMode>,
  );
  expect(shown()).toBe("");
  await waitFor(() => expect(shown()).toBe("1a"));
  await push(theirs, "b", "relay");
  await act(() => push(db, "c"));
  await waitFor(() => expect(shown()).toBe("1a 3c"));
});

test("components with the same key share one array and one get, and render when it changes", async () => {
  const { server } = running;
  render(
    <StrictMode>
      <DriftDBProvider api={server.url}>
        <List k="k" name="one" />
        <List k="k" name="two" />
        <List k="other" name="three" />
        <Out />
      </DriftDBProvider>
    </StrictMode>,
  );
  await connected();
  await act(() => push(db, "a"));
  await waitFor(() => expect([shown("one"), shown("two")]).toEqual(["1a", "1a"]));
  expect(rendered.get("one")?.at(-1)).toBe(rendered.get("two")?.at(-1));
  expect(page.gets("k")).toBe(1);
  const arrays = new Set(rendered.get("three"));
  expect([...arrays]).toEqual([[]]);
  expect(Object.isFrozen([...arrays][0])).toBe(true);
});

test("follows a changed key and a changed room", async () => {
  const { server } = running;
  const first = await server.join((await server.newRoom()).room);
  const { room } = await server.newRoom();
  const theirs = await server.join(room);
  await push(theirs, "there");
  first.disconnect();
  const tree = (k: string, inRoom?: string) => (
    <StrictMode>
      <DriftDBProvider api={server.url} room={inRoom}>
        <List k={k} />
        <Out />
      </DriftDBProvider>
    </StrictMode>
  );
  const view = render(tree("k"));
  await waitFor(() => expect(db.status.connected).toBe(true));
  await act(() => push(db, "a"));
  await act(() => push(db, "b", "append", "l"));
  await waitFor(() => expect(shown()).toBe("1a"));
  view.rerender(tree("l"));
  expect(shown()).toBe("");
  await waitFor(() => expect(shown()).toBe("2b"));
  view.rerender(tree("k", room));
  expect(shown()).toBe("");
  await waitFor(() => expect(shown()).toBe("1there"));
  expect(roomOfPage()).not.toBe(room);
});

test("leaves nothing behind after unmount", async () => {
  const { server } = running;
  const tree = (visible: boolean) => (
    <StrictMode>
      <DriftDBProvider api={server.url}>
        {visible && <List k="k" />}
        <Out />
      </DriftDBProvider>
    </StrictMode>
  );
  const view = render(tree(true));
  await connected();
  await act(() => push(db, "a"));
  await waitFor(() => expect(shown()).toBe("1a"));
  view.rerender(tree(false));
  await waitFor(() => expect(page.sent.some((frame) => frame.includes('"unsubscribe"'))).toBe(true));
  await push(db, "b");
  view.rerender(tree(true));
  // First the last known messages, then the ones that were missed.
  expect(shown()).toBe("1a");
  await waitFor(() => expect(shown()).toBe("1a 2b"));
  view.unmount();
  await waitFor(() => expect(server.open.size).toBe(0));
  const emitters = [db.statusListener, db.errorListener, db.messageListener];
  expect(emitters.map((emitter) => emitter.dispatch(undefined as never))).toEqual([false, false, false]);
});

import { act, render, waitFor } from "@testing-library/react";
import type { DbConnection } from "driftdb";
import * as React from "react";
import { StrictMode } from "react";
import { beforeEach, expect, test } from "vitest";
import { DriftDBProvider, useDatabase, useSubscription } from "../src/index.js";
import { page, testServer } from "./harness.js";

const running = testServer();

/** The arguments of the callbacks' calls. */
const log: unknown[] = [];
beforeEach(() => {
  log.length = 0;
});

let db: DbConnection;

function Listener(props: { k: string; name?: string; replay?: boolean }) {
  const { k, name = "", replay } = props;
  db = useDatabase();
  useSubscription<string>(k, ({ value, seq }) => log.push(`${name}${seq}${value}`), {
    replay,
    onReset: () => log.push(`${name}reset`),
  });
  return null;
}

const push = (to: DbConnection, value: string, type: "append" | "relay" | "replace" = "append", key = "k") =>
  to.send({ type: "push", key, value, action: { type } });

/** Waits until the callbacks' calls since the last time have exactly these arguments. */
async function given(expected: unknown[]): Promise<void> {
  await waitFor(() => expect(log).toEqual(expected));
  log.length = 0;
}

/** A room with another client, which has appended two messages. */
async function roomWithTwo() {
  const { room } = await running.server.newRoom();
  const theirs = await running.server.join(room);
  await push(theirs, "a");
  await push(theirs, "b");
  return { room, theirs };
}

const tree = (room: string, listener: React.ReactNode) => (
  <StrictMode>
    <DriftDBProvider api={running.server.url} room={room}>
      {listener}
    </DriftDBProvider>
  </StrictMode>
);

test("calls the newest callback with the history and each new message once, for one get", async () => {
  const { room, theirs } = await roomWithTwo();
  const view = render(tree(room, <Listener k="k" name="x" />));
  await waitFor(() => expect(log).toEqual(["x1a", "x2b"]));
  view.rerender(tree(room, <Listener k="k" name="y" />));
  await push(theirs, "c", "relay");
  await push(theirs, "d");
  await waitFor(() => expect(log).toEqual(["x1a", "x2b", "y3c", "y4d"]));
  expect(page.gets("k")).toBe(1);
});

test("without replay, delivers only new messages", async () => {
  const { room, theirs } = await roomWithTwo();
  render(tree(room, <Listener k="k" replay={false} />));
  await waitFor(() => expect(page.gets("k")).toBe(1));
  // The room has answered before it reads this.
  await db.testLatency();
  await push(theirs, "c");
  await waitFor(() => expect(log).toEqual(["3c"]));
});

test("follows a changed key and a changed room, and resets", async () => {
  const { room, theirs } = await roomWithTwo();
  const second = await roomWithTwo();
  await push(theirs, "other", "append", "l");
  const view = render(tree(room, <Listener k="none" />));
  await waitFor(() => expect(page.gets("none")).toBe(1));
  view.rerender(tree(room, <Listener k="k" />));
  await given(["1a", "2b"]);
  view.rerender(tree(room, <Listener k="l" />));
  await given(["reset", "3other"]);
  view.rerender(tree(second.room, <Listener k="k" />));
  await given(["reset", "1a", "2b"]);
  await push(theirs, "c");
  await push(second.theirs, "d");
  await given(["3d"]);
});

test("resets after a replacement of messages that it missed (S7)", async () => {
  const { server } = running;
  const { room, theirs } = await roomWithTwo();
  render(tree(room, <Listener k="k" />));
  await given(["1a", "2b"]);
  db.disconnect();
  await push(theirs, "c", "replace");
  await db.connect(`${server.url.replace("http", "ws")}room/${room}/connect`);
  await given(["reset", "3c"]);
});

test.skipIf(!React.Activity)("starts over after a component was hidden", async () => {
  const { room, theirs } = await roomWithTwo();
  const hidden = (mode: "visible" | "hidden") =>
    tree(
      room,
      <React.Activity mode={mode}>
        <Listener k="k" />
      </React.Activity>,
    );
  const view = render(hidden("visible"));
  await given(["1a", "2b"]);
  view.rerender(hidden("hidden"));
  await waitFor(() => expect(page.sent.some((frame) => frame.includes('"unsubscribe"'))).toBe(true));
  await push(theirs, "c");
  expect(log).toEqual([]);
  view.rerender(hidden("visible"));
  await waitFor(() => expect(log).toEqual(["reset", "1a", "2b", "3c"]));
});

test("delivers nothing after unmount", async () => {
  const { room, theirs } = await roomWithTwo();
  const view = render(tree(room, <Listener k="k" />));
  await given(["1a", "2b"]);
  view.rerender(tree(room, null));
  await waitFor(() => expect(page.sent.some((frame) => frame.includes('"unsubscribe"'))).toBe(true));
  await act(() => push(theirs, "c"));
  expect(await db.testLatency()).toBeGreaterThanOrEqual(0);
  expect(log).toEqual([]);
});

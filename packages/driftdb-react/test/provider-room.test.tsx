import { render, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { DriftDBProvider, StatusIndicator } from "../src/index.js";
import { gate, roomOfPage, testServer } from "./harness.js";

const running = testServer();

async function connected(): Promise<void> {
  await waitFor(() => expect(screen.getByRole("status").textContent).toContain("Connected"));
}

test("without a room, creates one and puts it into the page's URL", async () => {
  const { server } = running;
  render(
    <DriftDBProvider api={server.url}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await connected();
  expect(server.newRooms).toBe(1);
  expect(server.requests).toEqual(["POST /new"]);
  await server.join(roomOfPage());
  expect(server.open.size).toBe(2);
});

test("joins the room of the page's URL, and leaves the URL unchanged", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  server.requests.length = 0;
  const url = `/board?_driftdb_room=${room}&q=a%20b#top`;
  history.replaceState({ router: 1 }, "", url);
  render(
    <DriftDBProvider api={server.url}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await connected();
  expect(server.requests).toEqual([`GET /room/${room}`]);
  expect(location.href).toBe(new URL(url, location.origin).href);
});

test("with a room as a prop, neither reads nor changes the page's URL", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  server.requests.length = 0;
  history.replaceState(null, "", "/?_driftdb_room=another&x=1");
  render(
    <DriftDBProvider api={server.url} room={room}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await connected();
  expect(server.requests).toEqual([`GET /room/${room}`]);
  expect(location.search).toBe("?_driftdb_room=another&x=1");
});

test("keeps the rest of the query, the hash and the router's state when it adds a room", async () => {
  const { server } = running;
  const state = { usr: { from: "/" }, key: "k3", idx: 7 };
  history.replaceState(state, "", "/docs/page?q=a%20b&flag&_driftdb_room=&empty=#part-2");
  const entries = history.length;
  render(
    <DriftDBProvider api={server.url}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await connected();
  expect(location.pathname).toBe("/docs/page");
  expect(location.search).toBe(`?q=a%20b&flag&empty=&_driftdb_room=${roomOfPage()}`);
  expect(location.hash).toBe("#part-2");
  expect(history.state).toEqual(state);
  expect(history.length).toBe(entries);
});

test("resolves a relative api against the page's URL", async () => {
  const { server } = running;
  const asked: string[] = [];
  const original = globalThis.fetch;
  // Node's fetch has no page; the page's origin stands for a proxy in front of the server.
  globalThis.fetch = (url, init) => {
    asked.push(String(url));
    return original(String(url).replace(`${location.origin}/db/`, server.url), init);
  };
  try {
    render(
      <DriftDBProvider api="/db">
        <StatusIndicator />
      </DriftDBProvider>,
    );
    await connected();
  } finally {
    globalThis.fetch = original;
  }
  expect(asked).toEqual([`${location.origin}/db/new`]);
});

test("two providers that start together share one new room", async () => {
  const { server } = running;
  render(
    <>
      <DriftDBProvider api={server.url}>
        <StatusIndicator />
      </DriftDBProvider>
      <DriftDBProvider api={server.url.slice(0, -1)}>
        <StatusIndicator />
      </DriftDBProvider>
    </>,
  );
  await waitFor(() => {
    for (const indicator of screen.getAllByRole("status"))
      expect(indicator.textContent).toContain("Connected");
  });
  expect(server.newRooms).toBe(1);
  expect(server.upgrades).toBe(2);
});

test("a provider that mounts again while its room is being created takes that room", async () => {
  const { server } = running;
  const first = render(<DriftDBProvider api={server.url} />);
  first.unmount();
  render(
    <DriftDBProvider api={server.url}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await connected();
  expect(server.newRooms).toBe(1);
  expect(server.upgrades).toBe(1);
});

test("a provider that unmounts while its room is being created leaves the URL unchanged", async () => {
  const { server } = running;
  const left = gate<void>();
  const original = globalThis.fetch;
  globalThis.fetch = async (...args) => {
    const response = await original(...args);
    await left.promise;
    return response;
  };
  try {
    render(<DriftDBProvider api={server.url} />).unmount();
  } finally {
    globalThis.fetch = original;
  }
  // The provider stops in a task of its own, which was queued before this one.
  await new Promise((resolve) => setTimeout(resolve, 0));
  left.resolve();
  // A second round trip: the answer to the first one has been handled by then.
  await server.newRoom();
  expect(server.newRooms).toBe(2);
  expect(location.search).toBe("");
  expect(server.upgrades).toBe(0);
});

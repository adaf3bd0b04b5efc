// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { act, render, screen, waitFor } from "@testing-library/react";
import { type ConnectionStatus, RoomNotFoundError, ServerUnreachableError } from "driftdb";
import { expect, test, vi } from "vitest";
import { DriftDBProvider, useConnectionStatus } from "../src/index.js";
import { roomOfPage, TestServer, testServer } from "./harness.js";
import { errors, forgetAfterEach, onError, online, Status, status } from "./status-page.js";

const running = testServer();
forgetAfterEach();

test("asks an unreachable server until it answers, and reports it once", async () => {
  const server = new TestServer();
  try {
    await server.up();
    await server.down();
    render(
      <DriftDBProvider api={server.url} onError={onError}>
        <Status />
      </DriftDBProvider>,
    );
    await waitFor(() => expect(errors).toHaveLength(1));
    await waitFor(() =>
      expect(status).toEqual({
        connected: false,
        reason: "connecting",
        error: expect.any(ServerUnreachableError),
      }),
    );
    const fetched = vi.spyOn(globalThis, "fetch");
    act(online);
    await waitFor(() => expect(fetched).toHaveBeenCalledTimes(1));
    await expect(fetched.mock.results[0]?.value).rejects.toThrow();
    fetched.mockRestore();
    await server.up();
    // The provider asks again within seconds, or as soon as the network is back.
    await screen.findByText("connected", undefined, { timeout: 15_000 });
    expect(errors).toEqual([expect.any(ServerUnreachableError)]);
    expect(server.newRooms).toBe(1);
    expect(location.search).toMatch(/_driftdb_room=./);
  } finally {
    await server.close();
  }
});

test("asks again after a server error, too", async () => {
  const { server } = running;
  const original = globalThis.fetch;
  globalThis.fetch = () => Promise.resolve(new Response("bad gateway", { status: 502 }));
  try {
    render(
      <DriftDBProvider api={server.url} onError={onError}>
        <Status />
      </DriftDBProvider>,
    );
    await waitFor(() => expect(errors).toHaveLength(1));
  } finally {
    globalThis.fetch = original;
  }
  await waitFor(() => {
    online();
    expect(screen.getByText("connected")).toBeTruthy();
  });
});

test("reports a room that vanishes while the connection is away", async () => {
  const { server } = running;
  render(
    <DriftDBProvider api={server.url} onError={onError}>
      <Status />
    </DriftDBProvider>,
  );
  await screen.findByText("connected");
  await server.loseRooms();
  await waitFor(() => {
    online();
    expect(status).toEqual({
      connected: false,
      reason: "refused",
      error: expect.any(RoomNotFoundError),
    });
  });
  expect(errors).toEqual([expect.any(RoomNotFoundError)]);
});

test("keeps the room that it found, even if the page's URL loses it during an outage", async () => {
  const { server } = running;
  render(
    <DriftDBProvider api={server.url} onError={onError}>
      <Status />
    </DriftDBProvider>,
  );
  await screen.findByText("connected");
  const room = roomOfPage();
  history.pushState(null, "", "/another-page");
  await server.loseRooms();
  await waitFor(() => {
    online();
    expect(errors).toEqual([expect.any(RoomNotFoundError)]);
  });
  expect(new Set(server.requests)).toEqual(new Set(["POST /new", `GET /room/${room}`]));
  expect(location.pathname + location.search).toBe("/another-page");
});

test("does not show the error of an earlier outage in the next one", async () => {
  const { server } = running;
  const shown: ConnectionStatus[] = [];
  function History() {
    shown.push(useConnectionStatus());
    return null;
  }
  render(
    <DriftDBProvider api={server.url} onError={onError}>
      <Status />
      <History />
    </DriftDBProvider>,
  );
  await screen.findByText("connected");
  await server.down();
  await waitFor(() => {
    online();
    expect(errors).toEqual([expect.any(ServerUnreachableError)]);
  });
  await server.up();
  await waitFor(() => {
    online();
    expect(screen.getByText("connected")).toBeTruthy();
  });
  shown.length = 0;
  await server.down();
  await screen.findByText("reconnecting");
  expect(shown[0]).toEqual({ connected: false, reason: "reconnecting" });
});

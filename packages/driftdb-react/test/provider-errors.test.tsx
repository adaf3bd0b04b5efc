// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { act, render, screen, waitFor } from "@testing-library/react";
import { ForbiddenError, RoomNotFoundError } from "driftdb";
import { expect, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { DriftDBProvider, StatusIndicator, useSharedState } from "../src/index.js";
import { TestServer, testServer } from "./harness.js";
import { errors, forgetAfterEach, onError, online, Status, status } from "./status-page.js";

const running = testServer();
forgetAfterEach();

test("an unknown room in the page's URL is refused and reported; no other one is created", async () => {
  const { server } = running;
  history.replaceState(null, "", "/?_driftdb_room=unknown");
  render(
    <DriftDBProvider api={server.url} onError={onError}>
      <Status />
    </DriftDBProvider>,
  );
  await screen.findByText("refused");
  expect(status).toEqual({ connected: false, reason: "refused", error: expect.any(RoomNotFoundError) });
  expect(errors).toEqual([expect.any(RoomNotFoundError)]);
  // The provider does not ask again, even when the network is back: two round trips would be enough.
  await act(async () => online());
  await server.newRoom();
  await server.newRoom();
  expect(server.requests).toEqual(["GET /room/unknown", "POST /new", "POST /new"]);
  expect(server.upgrades).toBe(0);
  expect(location.search).toBe("?_driftdb_room=unknown");
});

/** A server that refuses: in its HTTP answer, or with the code that closes each WebSocket. */
async function refusing({ status, code }: { status: number; code: number }) {
  const http = createServer((_request, response) => {
    requests += 1;
    const socket_url = `ws://127.0.0.1:${port}/`;
    response.writeHead(status).end(JSON.stringify({ room: "private", socket_url }));
  });
  let requests = 0;
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => socket.close(code));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests: () => requests,
    close: () => new Promise((resolve) => http.close(resolve).closeAllConnections()),
  };
}

test.each([
  { status: 403, code: 1000 },
  { status: 200, code: 4003 },
])("a forbidden room is refused for good, and said so: HTTP $status, close code $code", async (how) => {
  const server = await refusing(how);
  try {
    render(
      <DriftDBProvider api={server.url} room="private" onError={onError}>
        <Status />
        <StatusIndicator />
      </DriftDBProvider>,
    );
    await screen.findByText("refused");
    expect(status).toEqual({ connected: false, reason: "refused", error: expect.any(ForbiddenError) });
    expect(screen.getByRole("status").textContent).toContain("Not connected: access refused");
    await act(async () => online());
    await running.server.newRoom();
    await running.server.newRoom();
    expect(errors).toEqual([expect.any(ForbiddenError)]);
    expect(server.requests()).toBe(1);
  } finally {
    await server.close();
  }
});

test("without onError, errors go to the console", async () => {
  const { server } = running;
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  try {
    render(
      <DriftDBProvider api={server.url} room="unknown">
        <Status />
      </DriftDBProvider>,
    );
    await screen.findByText("refused");
    expect(log).toHaveBeenCalledExactlyOnceWith(expect.any(RoomNotFoundError));
  } finally {
    log.mockRestore();
  }
});

test("a message that the server refuses reaches onError", async () => {
  const server = new TestServer({ keys: 1 });
  function Two() {
    const [, setOne] = useSharedState("one", 0);
    const [, setTwo] = useSharedState("two", 0);
    const setBoth = () => {
      setOne(1);
      setTwo(2);
    };
    return (
      <button type="button" onClick={setBoth}>
        set
      </button>
    );
  }
  try {
    await server.up();
    render(
      <DriftDBProvider api={server.url} onError={onError}>
        <Status />
        <Two />
      </DriftDBProvider>,
    );
    await screen.findByText("connected");
    act(() => screen.getByText("set").click());
    await waitFor(() => expect(errors).toMatchObject([{ message: expect.stringContaining("key") }]));
  } finally {
    await server.close();
  }
});

test("calls the newest onError; an onError that throws stops nothing", async () => {
  const { server } = running;
  const uncaught: Error[] = [];
  const listeners = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
  await server.down();
  try {
    const tree = (onError: (error: Error) => void) => (
      <DriftDBProvider api={server.url} onError={onError}>
        <Status />
      </DriftDBProvider>
    );
    const stale = vi.fn();
    const view = render(tree(stale));
    view.rerender(
      tree(() => {
        throw new Error("the application's own");
      }),
    );
    await waitFor(() => expect(uncaught).toEqual([new Error("the application's own")]));
    expect(stale).not.toHaveBeenCalled();
    await server.up();
    await waitFor(() => {
      online();
      expect(screen.getByText("connected")).toBeTruthy();
    });
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});

test("refuses an api that is not a URL, and says what to use", async () => {
  render(
    <DriftDBProvider api="http://:8080:/" onError={onError}>
      <Status />
    </DriftDBProvider>,
  );
  await screen.findByText("refused");
  expect(errors).toMatchObject([{ code: "bad_api", message: expect.stringContaining('"http://:8080:/"') }]);
});

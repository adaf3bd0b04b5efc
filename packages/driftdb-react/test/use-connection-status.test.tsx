import { render, screen, waitFor } from "@testing-library/react";
import { DbConnection } from "driftdb";
import { expect, test } from "vitest";
import { DatabaseContext, DriftDBProvider, StatusIndicator, useConnectionStatus } from "../src/index.js";
import { testServer } from "./harness.js";

const running = testServer();
const shown: string[] = [];

function Status() {
  const status = useConnectionStatus();
  const text = status.connected ? "connected" : status.reason;
  shown.push(text);
  return <p>{text}</p>;
}

test("connects, loses the connection and reconnects", async () => {
  const { server } = running;
  shown.length = 0;
  const view = render(
    <DriftDBProvider api={server.url} onError={() => {}}>
      <Status />
    </DriftDBProvider>,
  );
  await screen.findByText("connected");
  await server.down();
  await screen.findByText("reconnecting");
  await server.up();
  await waitFor(() => {
    window.dispatchEvent(new Event("online"));
    expect(screen.getByText("connected")).toBeTruthy();
  });
  expect(shown).toEqual(["connecting", "connected", "reconnecting", "connected"]);
  expect(server.newRooms).toBe(1);
  view.unmount();
});

test("a component that mounts late shows the present status", async () => {
  const { server } = running;
  const tree = (late: boolean) => (
    <DriftDBProvider api={server.url}>
      <StatusIndicator />
      {late && <Status />}
    </DriftDBProvider>
  );
  const view = render(tree(false));
  await screen.findByText("Connected");
  shown.length = 0;
  view.rerender(tree(true));
  expect(shown).toEqual(["connected"]);
});

test("shows the status of an application's own connection in DatabaseContext", async () => {
  const { server } = running;
  const db = new DbConnection();
  const view = render(
    <DatabaseContext.Provider value={db}>
      <Status />
    </DatabaseContext.Provider>,
  );
  expect(screen.getByText("idle")).toBeTruthy();
  const { socket_url } = await server.newRoom();
  void db.connect(socket_url);
  await screen.findByText("connecting");
  await screen.findByText("connected");
  db.disconnect();
  await screen.findByText("disconnected");
  view.unmount();
});

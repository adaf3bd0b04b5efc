import { act, waitFor } from "@testing-library/react";
import { StateListener } from "driftdb";
import { StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import {
  DriftDBProvider,
  RoomQRCode,
  StatusIndicator,
  useLatency,
  useMessages,
  useSharedReducer,
  useSharedState,
  useUniqueClientId,
} from "../src/index.js";
import { testServer } from "./harness.js";

const running = testServer();

function Page() {
  const [value] = useSharedState("value", "initial");
  const [sum] = useSharedReducer("sum", (n: number, by: number) => n + by, 4);
  const id = useUniqueClientId();
  return (
    <>
      <p title={id}>{`${value} ${sum} ${useMessages("messages").length}`}</p>
      <StatusIndicator />
      <RoomQRCode />
      <i>{useLatency() === null ? "" : "measured"}</i>
    </>
  );
}

test("server markup hydrates without a mismatch, then follows the room", async () => {
  const { server } = running;
  const { room } = await server.newRoom();
  const theirs = new StateListener<string>({ db: await server.join(room), key: "value" });
  theirs.subscribe();
  theirs.setStateOptimistic("shared");
  await (await server.join(room)).send({
    type: "push",
    key: "messages",
    value: "a",
    action: { type: "append" },
  });
  const app = (
    <StrictMode>
      <DriftDBProvider api={server.url} room={room}>
        <Page />
      </DriftDBProvider>
    </StrictMode>
  );
  const container = document.createElement("div");
  document.body.append(container);
  container.innerHTML = renderToString(app);
  const markup = container.querySelector("p");
  expect(markup?.outerHTML).toBe('<p title="">initial 4 0</p>');

  const complaints: unknown[] = [];
  const log = vi.spyOn(console, "error").mockImplementation((...args) => complaints.push(args));
  const root = await act(async () =>
    hydrateRoot(container, app, { onRecoverableError: (error) => complaints.push(error) }),
  );
  try {
    await waitFor(() => expect(container.textContent).toBe("shared 4 1●Connectedmeasured"));
    await waitFor(() => expect(container.querySelectorAll("svg path")).toHaveLength(2));
    expect(container.querySelector("p")).toBe(markup);
    expect(markup?.title).toMatch(/^\S{10,}$/);
    expect(complaints).toEqual([]);
    expect(server.open.size).toBe(3);
  } finally {
    log.mockRestore();
    act(() => root.unmount());
    container.remove();
  }
});

import { render, screen, waitFor } from "@testing-library/react";
import type { SyncStatus } from "driftdb";
import { expect, test } from "vitest";
import { DriftDBProvider, useSharedState, useSyncStatus } from "../src/index.js";
import { roomOfPage, testServer } from "./harness.js";

const running = testServer();

const shown: SyncStatus[] = [];

function Slider() {
  const sync = useSyncStatus();
  shown.push(sync);
  const [value, setValue] = useSharedState("slider", 0);
  return (
    <button type="button" onClick={() => setValue(value + 1)}>
      {sync.state} {sync.pending} {value}
    </button>
  );
}

test("a value set while the server is away shows as not saved until the server has it", async () => {
  const { server } = running;
  render(
    <DriftDBProvider api={server.url} onError={() => {}}>
      <Slider />
    </DriftDBProvider>,
  );
  const button = await screen.findByText("synced 0 0");
  await server.down();
  await screen.findByText("offline 0 0");
  button.click();
  await screen.findByText("offline 1 1");
  await server.up();
  await waitFor(() => {
    window.dispatchEvent(new Event("online"));
    expect(screen.getByText("synced 0 1")).toBeTruthy();
  });
  expect(shown.at(-1)?.lastAck).toBeGreaterThan(0);
  const other = await server.join(roomOfPage());
  const values: unknown[] = [];
  other.subscribe("slider", ({ value }) => values.push(value));
  await waitFor(() => expect(values).toMatchObject([{ v: 1 }]));
});

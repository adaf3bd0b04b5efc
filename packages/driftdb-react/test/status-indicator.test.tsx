import { render, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { DriftDBProvider, StatusIndicator } from "../src/index.js";
import { testServer } from "./harness.js";

const running = testServer();

/** The sign: its shape must differ, too, and not only its colour. */
const sign = () => screen.getByRole("status").firstElementChild?.textContent;
const words = () => screen.getByRole("status").lastElementChild?.textContent;

test("shows connecting, connected and reconnecting, in words and in the sign's shape", async () => {
  const { server } = running;
  render(
    <DriftDBProvider api={server.url} onError={() => {}}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  const indicator = screen.getByRole("status");
  expect(indicator.getAttribute("aria-live")).toBe("polite");
  expect(words()).toBe("Connecting");
  expect(sign()).toBe("○");
  await waitFor(() => expect(words()).toBe("Connected"));
  expect(sign()).toBe("●");
  await server.down();
  await waitFor(() => expect(words()).toMatch(/^Reconnecting/));
  expect(sign()).toBe("○");
  expect(screen.getByRole("status")).toBe(indicator);
});

test("shows what is wrong, and loads nothing", async () => {
  const { server } = running;
  const { container } = render(
    <DriftDBProvider api={server.url} room="unknown" onError={() => {}}>
      <StatusIndicator />
    </DriftDBProvider>,
  );
  await waitFor(() => expect(words()).toMatch(/^Not connected: .*room/));
  expect(sign()).toBe("■");
  expect(container.innerHTML).not.toMatch(/https?:|<img|<a /);
});

import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { StateListener } from "driftdb";
import { afterEach, expect, test } from "vitest";
import { roomOfPage, testServer } from "./harness.js";
import SliderDemo from "./introduction-example.js";

const running = testServer();
const original = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = original;
});

test("the example of the introduction runs unchanged", async () => {
  const { server } = running;
  // The requests go to the test's server instead of the URL to fill in.
  globalThis.fetch = (url, init) =>
    original(String(url).replace("https://api.jamsocket.live/db/FILL_ME_IN/", server.url), init);
  render(<SliderDemo />);
  const slider = screen.getByRole<HTMLInputElement>("slider");
  expect(slider.value).toBe("0");
  await waitFor(() => expect(server.open.size).toBe(1));
  const theirs = new StateListener<number>({ db: await server.join(roomOfPage()), key: "slider" });
  theirs.subscribe();
  fireEvent.change(slider, { target: { value: "55" } });
  expect(slider.value).toBe("55");
  await waitFor(() => expect(theirs.getSnapshot()).toBe(55));
  theirs.setStateOptimistic(12);
  await waitFor(() => expect(slider.value).toBe("12"));
});

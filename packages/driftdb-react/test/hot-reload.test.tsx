// biome-ignore-all lint/correctness/noComponentHookFactories: each component is a version of one.
import "./hot-reload.js";

import { act, render, screen, waitFor } from "@testing-library/react";
import { StrictMode, useState } from "react";
import { expect, test } from "vitest";
import { DriftDBProvider, StatusIndicator, useSharedReducer, useSharedState } from "../src/index.js";
import { page, testServer } from "./harness.js";
import { hotReload, newVersion } from "./hot-reload.js";
import { other } from "./shown-state.js";

const running = testServer();

/** A component whose text the author edits. */
function version(name: string, text: string, hooks: string) {
  return newVersion(name, hooks, function Editor() {
    const [value, setValue] = useSharedState("value", "initial");
    const [sum, add] = useSharedReducer("sum", (state: number, by: number) => state + by, 0);
    const [clicks, setClicks] = useState(0);
    const click = () => {
      setValue((before) => `${before}!`);
      add(1);
      setClicks(clicks + 1);
    };
    return <button type="button" onClick={click}>{`${text} ${value} ${sum} ${clicks}`}</button>;
  });
}

const shown = () => screen.getByRole("button").textContent;
const click = () => act(() => screen.getByRole("button").click());

test("a hot reload keeps the shared state without a get, also offline; changed hooks ask again", async () => {
  const { server } = running;
  const Editor = version("Edited", "first", "state, reducer");
  const view = render(
    <StrictMode>
      <DriftDBProvider api={server.url} onError={() => {}}>
        <Editor />
        <StatusIndicator />
      </DriftDBProvider>
    </StrictMode>,
  );
  await screen.findByText("Connected");
  const theirs = await other<string>(server, "value");
  click();
  await waitFor(() => expect(theirs.getSnapshot()).toBe("initial!"));
  await waitFor(() => expect(page.sent.filter((frame) => frame.includes('"append"'))).toHaveLength(1));

  version("Edited", "second", "state, reducer");
  act(hotReload);
  expect(shown()).toBe("second initial! 1 1");
  click();
  expect(shown()).toBe("second initial!! 2 2");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("initial!!"));
  expect([page.gets("value"), page.gets("sum")]).toEqual([1, 1]);

  version("Edited", "third", "state, reducer, more");
  act(hotReload);
  await waitFor(() => expect(shown()).toBe("third initial!! 2 0"));
  click();
  expect(shown()).toBe("third initial!!! 3 1");
  await waitFor(() => expect(theirs.getSnapshot()).toBe("initial!!!"));
  act(() => theirs.setStateOptimistic("theirs"));
  await waitFor(() => expect(shown()).toBe("third theirs 3 1"));
  expect([server.newRooms, server.upgrades]).toEqual([1, 2]);

  await server.down();
  await screen.findByText("Reconnecting");
  click();
  version("Edited", "fourth", "state, reducer, more");
  act(hotReload);
  expect(shown()).toBe("fourth theirs! 4 2");
  view.unmount();
});

test("hot reloads of a provider's component keep one socket, and the room after a remount", async () => {
  const { server } = running;
  const Editor = version("Still", "editor", "state, reducer");
  const app = (text: string, hooks: string) =>
    newVersion("App", hooks, function App() {
      return (
        <DriftDBProvider api={server.url}>
          <h1>{text}</h1>
          <Editor />
          <StatusIndicator />
        </DriftDBProvider>
      );
    });
  const App = app("first", "none");
  const view = render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  await screen.findByText("Connected");
  click();
  await waitFor(() => expect(page.sent.filter((frame) => frame.includes('"append"'))).toHaveLength(1));
  app("second", "none");
  act(hotReload);
  expect(screen.getByRole("heading").textContent).toBe("second");
  expect(screen.getByRole("status").textContent).toContain("Connected");
  expect(shown()).toBe("editor initial! 1 1");
  expect(server.upgrades).toBe(1);

  app("third", "some");
  act(hotReload);
  expect(screen.getByRole("heading").textContent).toBe("third");
  await waitFor(() => expect(shown()).toBe("editor initial! 1 0"));
  await waitFor(() => expect(server.open.size).toBe(1));
  expect([server.newRooms, server.upgrades]).toEqual([1, 2]);
  view.unmount();
  await waitFor(() => expect(server.open.size).toBe(0));
});

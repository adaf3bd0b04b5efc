// @vitest-environment node
// biome-ignore-all lint/correctness/noComponentHookFactories: a test makes its components once.
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import {
  DriftDBProvider,
  StatusIndicator,
  useSharedReducer,
  useSharedState,
  useUniqueClientId,
  useWebRtcPresence,
} from "../src/index.js";

afterEach(() => vi.restoreAllMocks());

test("on a server without a page, the initial values are rendered and nothing is asked for", () => {
  const fetched = vi.spyOn(globalThis, "fetch");
  const log = vi.spyOn(console, "error");
  function Page() {
    const [value] = useSharedState("value", "initial");
    const [sum] = useSharedReducer(
      "sum",
      (n: number, by: number) => n + by,
      "4",
      (text) => Number(text),
    );
    const others = useWebRtcPresence("cursors", [0, 0]);
    return <p id={useUniqueClientId()}>{`${value} ${sum} ${JSON.stringify(others)}`}</p>;
  }
  expect(typeof window).toBe("undefined");
  const html = renderToString(
    <DriftDBProvider api="/db/">
      <Page />
      <StatusIndicator />
    </DriftDBProvider>,
  );
  expect(html).toContain('<p id="">initial 4 {}</p>');
  expect(html).toContain("Connecting");
  expect(fetched).not.toHaveBeenCalled();
  expect(log).not.toHaveBeenCalled();
});

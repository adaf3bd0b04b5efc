// @vitest-environment node
// biome-ignore-all lint/correctness/noComponentHookFactories: each test creates its components once.
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import {
  DriftDBProvider,
  RoomQRCode,
  StatusIndicator,
  useLatency,
  useMessages,
  useSharedReducer,
  useSharedState,
  useSubscription,
  useUniqueClientId,
  useWebRtcPresence,
} from "../src/index.js";

afterEach(() => vi.restoreAllMocks());

test("on a server without a page, renders the initial values and sends no requests", () => {
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
    useSubscription("messages", () => {});
    const others = useWebRtcPresence("cursors", [0, 0]);
    const more = `${useMessages("messages").length} ${useLatency()} ${JSON.stringify(others)}`;
    return <p id={useUniqueClientId()}>{`${value} ${sum} ${more}`}</p>;
  }
  expect(typeof window).toBe("undefined");
  const html = renderToString(
    <DriftDBProvider api="/db/">
      <Page />
      <StatusIndicator />
      <RoomQRCode url="http://host/" />
    </DriftDBProvider>,
  );
  expect(html).toContain('<p id="">initial 4 0 null {}</p>');
  expect(html).toContain("Connecting");
  expect(html).toMatch(/<svg [^>]*aria-hidden="true"[^>]*><\/svg>/);
  expect(fetched).not.toHaveBeenCalled();
  expect(log).not.toHaveBeenCalled();
});

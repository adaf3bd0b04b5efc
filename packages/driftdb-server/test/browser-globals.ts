import { afterAll, beforeAll, vi } from "vitest";
import { WebSocket } from "ws";

/** Lends the tests of a file what the published client expects of a browser and Node 20 does not have. */
export function lendBrowserGlobals(): void {
  const session = new Map<string, string>();

  beforeAll(() => {
    vi.stubGlobal("WebSocket", WebSocket);
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("sessionStorage", {
      getItem: (name: string) => session.get(name) ?? null,
      setItem: (name: string, value: string) => void session.set(name, value),
    });
    // It says each reconnection there.
    vi.spyOn(console, "log").mockImplementation(() => {});
  });

  afterAll(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

import { afterAll, beforeAll, vi } from "vitest";
import { WebSocket } from "ws";

/** Defines the globals of a browser that the published client needs, for the tests of a file. */
export function lendBrowserGlobals(): void {
  const session = new Map<string, string>();

  beforeAll(() => {
    vi.stubGlobal("WebSocket", WebSocket);
    vi.stubGlobal("window", globalThis);
    vi.stubGlobal("sessionStorage", {
      getItem: (name: string) => session.get(name) ?? null,
      setItem: (name: string, value: string) => void session.set(name, value),
    });
    // The client logs each reconnection.
    vi.spyOn(console, "log").mockImplementation(() => {});
  });

  afterAll(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

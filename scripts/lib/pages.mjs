import { join } from "node:path";
import { preview } from "vite";
import { root, tool } from "./project.mjs";
import { runNode } from "./run.mjs";

const demos = join(root, "demos");

/**
 * Builds the demo pages, in a process of its own: Vite declares the one that it builds in to be in production, and
 * tests that are started from there would get React's production build.
 *
 * @param options `port`: where the pages look for the server, on the host that they come from; it is built in.
 *   `outDir`: below demos/, default `dist`.
 * @throws {Error} With Vite's output, when they do not build.
 */
export async function buildPages({ port, outDir = "dist" }) {
  const args = ["build", "--logLevel", "error", "--outDir", outDir, "--emptyOutDir"];
  const { code, output } = await runNode(tool("vite"), args, {
    cwd: demos,
    env: { VITE_DRIFTDB_PORT: String(port) },
  });
  if (code !== 0) throw new Error(`The demo pages do not build:\n${output}`);
}

/**
 * Serves the demo pages that were built.
 *
 * @param options `port` is where to start looking for a free one; 0 takes any.
 * @returns The port, and a function that stops serving.
 */
export async function servePages({ port, host = "127.0.0.1", outDir = "dist" }) {
  const before = process.listeners("SIGTERM");
  const server = await preview({
    root: demos,
    logLevel: "error",
    build: { outDir },
    preview: { port, host, strictPort: false, open: false },
  });
  // Vite ends the process at SIGTERM, before others have closed what is theirs: whoever asked for the pages decides.
  for (const listener of process.listeners("SIGTERM")) {
    if (!before.includes(listener)) process.off("SIGTERM", listener);
  }
  return { port: server.httpServer.address().port, close: () => server.close() };
}

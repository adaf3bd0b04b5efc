import { join } from "node:path";
import { preview } from "vite";
import { root, tool } from "./project.mjs";
import { runNode } from "./run.mjs";

const demos = join(root, "demos");

/**
 * Builds the demo pages in a process of its own. Vite sets NODE_ENV to production in the process that builds,
 * and tests of that process would then load React's production build.
 *
 * @param options `port` of the server, which is built into the pages; the host is that of the pages. `outDir`
 *   below demos/, default `dist`.
 * @throws {Error} With the output of Vite, when the pages do not build.
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
 * Serves the built demo pages.
 *
 * @param options `port`: the first port to try; 0 takes any.
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
  // Vite would end the process on SIGTERM, before the caller has closed its own servers.
  for (const listener of process.listeners("SIGTERM")) {
    if (!before.includes(listener)) process.off("SIGTERM", listener);
  }
  return { port: server.httpServer.address().port, close: () => server.close() };
}

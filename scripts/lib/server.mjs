import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageDir } from "./project.mjs";

/** How many ports are tried, one after the other, before giving up. */
const ATTEMPTS = 100;

/**
 * Starts the DriftDB server that was built.
 *
 * @param options `port` is where to start looking for a free one; 0 takes any. The rest goes to
 *   `createServer`: `data`, the directory that keeps the rooms, or `memory: true`.
 * @returns The port, and a function that closes the server.
 * @throws {Error} When another server uses the directory, or no port is free.
 */
export async function startServer({ port, host = "127.0.0.1", ...options }) {
  const { createServer } = await import(
    pathToFileURL(join(packageDir("driftdb-server"), "dist", "index.js")).href
  );
  const server = createServer(options);
  for (let attempt = 0; ; attempt++) {
    try {
      const url = await server.listen({ port: port + attempt, host });
      return { port: Number(new URL(url).port || 80), close: () => server.close() };
    } catch (error) {
      if (error.code === "EADDRINUSE" && attempt < ATTEMPTS) continue;
      await server.close();
      throw error;
    }
  }
}

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageDir } from "./project.mjs";

/** Successive ports that are tried. */
const ATTEMPTS = 100;

/**
 * Starts the built DriftDB server.
 *
 * @param options `port`: the first port to try; 0 takes any. The others go to `createServer`: `data`, the
 *   directory that keeps the rooms, or `memory: true`.
 * @returns The port, and a function that closes the server.
 * @throws {Error} When another server uses the directory, or all ports are in use.
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

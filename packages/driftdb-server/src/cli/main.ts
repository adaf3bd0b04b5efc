import { resolve } from "node:path";
import { createServer, type DriftDBServer } from "../create-server.js";
import { VERSION } from "../version.js";
import { type CliOptions, HELP, parseArguments, UsageError } from "./options.js";
import { reachableUrls } from "./reachable-urls.js";
import { showProgress } from "./show-progress.js";

async function main(args: string[]): Promise<void> {
  const options = parseArguments(args);
  if (options.help) return void process.stdout.write(HELP);
  if (options.version) return void process.stdout.write(`${VERSION}\n`);

  const server = createServer({
    ...(options.memory ? { memory: true } : { data: options.data }),
    ...(options.noLimits && { limits: false as const }),
    onProgress: showProgress((line) => process.stderr.write(line)),
  });
  stopOnSignal(server);
  try {
    greet(await server.listen({ port: options.port, host: options.host }), options);
  } catch (error) {
    await server.close();
    throw error;
  }
}

function greet(url: string, { host, memory, data }: CliOptions): void {
  const lines = [
    `DriftDB ${VERSION}`,
    ...reachableUrls(url, host).map((reachable) => `  URL   ${reachable}`),
    `  Data  ${memory ? "in memory, gone when the server stops" : resolve(data)}`,
    "Press Ctrl-C to stop.",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function stopOnSignal(server: DriftDBServer): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // A second signal, with nobody listening any more, ends the process at once.
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") {
    return "the port is in use: stop what uses it, or choose another with --port (0 takes any free one)";
  }
  if (error.code === "EACCES" && error.syscall === "listen") {
    return "the port may not be used: choose one above 1023 with --port";
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return "this machine has no such address: choose one of its own with --host";
  }
  return error.message;
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`driftdb-server: ${explain(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

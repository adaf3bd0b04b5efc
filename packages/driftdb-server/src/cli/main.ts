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
    `  Data  ${memory ? "in memory, until the server stops" : resolve(data)}`,
    "Press Ctrl-C to stop.",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

function stopOnSignal(server: DriftDBServer): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // A second signal has no listener, so it ends the process immediately.
    process.once(signal, () => void server.close().then(() => process.exit(0)));
  }
}

/** The error of `listen` as one line, with the option to change. */
function explain(
  error: NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string },
): string {
  const { code, port, address, hostname } = error;
  if (code === "EADDRINUSE") {
    return `port ${port} is in use: stop the other server, or choose another with --port (0 for any free one)`;
  }
  if (code === "EACCES" && error.syscall === "listen") {
    return `port ${port} needs more rights: choose a port above 1023 with --port`;
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return `this machine has no address ${address ?? hostname}: choose one of its own with --host`;
  }
  return error.message;
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`driftdb-server: ${explain(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});

import { parseArgs } from "node:util";

export interface CliOptions {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly memory: boolean;
  readonly noLimits: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The text of `--help`. */
export const HELP = `Usage: driftdb-server [options]

Starts a DriftDB server, which keeps its rooms in a SQLite file.

Options:
  --port <number>  port to listen on, 0 for any free one   (default 8080)
  --host <host>    address to listen on, 0.0.0.0 for all   (default 127.0.0.1)
  --data <dir>     directory that keeps the rooms          (default ./driftdb-data)
  --memory         keep the rooms in memory until the process ends
  --no-limits      lift the rate limits, for benchmarks
  --help           show this help
  --version        show the version
`;

/** The command line has a mistake. The command ends with status 2. */
export class UsageError extends Error {}

/** @throws {UsageError} whose message names the option. */
export function parseArguments(args: string[]): CliOptions {
  const values = parse(args);
  if (values.memory && values.data !== undefined) {
    throw new UsageError("--memory and --data exclude each other: use one of them");
  }
  const port = Number(values.port ?? 8080);
  if (!/^\d+$/.test(values.port ?? "0") || port > 65_535) {
    throw new UsageError(`--port is "${values.port}": use a number from 0 to 65535`);
  }
  return {
    port,
    host: values.host ?? "127.0.0.1",
    data: values.data ?? "./driftdb-data",
    memory: values.memory ?? false,
    noLimits: values["no-limits"] ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: "string" },
        host: { type: "string" },
        data: { type: "string" },
        memory: { type: "boolean" },
        "no-limits": { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (driftdb-server --help shows the options)`);
  }
}

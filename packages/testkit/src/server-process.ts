import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../driftdb-server/bin/driftdb-server.js", import.meta.url));
const BUILD = fileURLToPath(new URL("../../driftdb-server/dist/cli.js", import.meta.url));

/** The built `driftdb-server` command in a process of its own. */
export class ServerProcess {
  private constructor(
    /** The URL to give to `new Api(url)`. */
    readonly url: string,
    readonly process: ChildProcess,
  ) {}

  /**
   * Starts `driftdb-server` on loopback, and resolves when it listens.
   *
   * @param args further options, such as `--data`, `--memory` or `--port`. By default, it takes any free
   *   port.
   * @throws {Error} with its output, when it ends before it listens.
   */
  static async start(args: readonly string[]): Promise<ServerProcess> {
    if (!existsSync(BUILD))
      throw new Error("driftdb-server is not built: run `node scripts/build.mjs` first");
    const port = args.includes("--port") ? [] : ["--port", "0"];
    const child = spawn(process.execPath, [BIN, ...port, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        const found = /http:\/\/\S+:\d+\//.exec(output);
        if (found && output.includes("Ctrl-C")) resolve(found[0]);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", (code) => reject(new Error(`driftdb-server ended with ${code}: ${output}`)));
    });
    return new ServerProcess(url, child);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** `kill -9`: the process cannot clean up. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Sends SIGINT, like Ctrl-C. */
  async stop(): Promise<void> {
    await this.#end("SIGINT");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill(signal);
    await ended;
  }
}

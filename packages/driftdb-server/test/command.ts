import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const BIN = fileURLToPath(new URL("../bin/driftdb-server.js", import.meta.url));
const BUILT = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** A process of the built `driftdb-server`, for the running test. */
export class Command {
  /** The output so far. */
  stdout = "";
  stderr = "";
  /** The exit status. `null` if a signal ended the process. */
  readonly ended: Promise<number | null>;
  readonly #child;
  #wake = () => {};

  /** @throws {Error} if the command is not built. */
  constructor(args: readonly string[], options: { cwd?: string } = {}) {
    if (!existsSync(BUILT)) {
      throw new Error("driftdb-server has no dist/: run the build first (npx pnpm@10.34.9 run build)");
    }
    this.#child = spawn(process.execPath, [BIN, ...args], { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#wake();
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    let closed = false;
    this.ended = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        closed = true;
        resolve(code);
        this.#wake();
      });
    });
    onTestFinished(async () => {
      if (!closed) this.#child.kill("SIGKILL");
      await this.ended;
    });
  }

  /** Waits for the URL, which the command prints when it listens. */
  async url(): Promise<string> {
    let ended = false;
    void this.ended.then(() => {
      ended = true;
    });
    for (;;) {
      const url = /^ +URL +(http:\/\/\S+\/)$/m.exec(this.stdout)?.[1];
      if (url && this.stdout.includes("Ctrl-C")) return url;
      if (ended) throw new Error(`it ended before it listened: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

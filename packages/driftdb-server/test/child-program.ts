import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The program is bundled here, where Node finds libsql and ws. */
const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A program of this package's sources, which a test starts as a child process and can kill. */
export class ChildProgram {
  readonly #directory = mkdtempSync(join(MODULES, ".child-"));
  readonly #file = join(this.#directory, "program.mjs");

  /** @param source the path of a TypeScript file. */
  static async bundle(source: string): Promise<ChildProgram> {
    const program = new ChildProgram();
    // The esbuild of tsup, so that one version bundles packages and tests.
    const tsup = realpathSync(join(ROOT, "node_modules", "tsup", "package.json"));
    const { build } = createRequire(tsup)("esbuild") as { build(options: object): Promise<unknown> };
    await build({
      entryPoints: [source],
      outfile: program.#file,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      external: ["libsql", "ws"],
      tsconfig: join(ROOT, "tsconfig.json"),
      logLevel: "warning",
    });
    return program;
  }

  start(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [this.#file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Runs the program to its end. */
  async run(...args: readonly string[]): Promise<{ signal: string | null; output: string }> {
    const child = this.start(...args);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    await once(child, "close");
    return { signal: child.signalCode, output };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

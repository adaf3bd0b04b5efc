import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const FIXTURE = fileURLToPath(new URL("fixtures/next", import.meta.url));
const NEXT = join(FIXTURE, "node_modules", "next", "dist", "bin", "next");
const PACKAGES = fileURLToPath(new URL("../packages", import.meta.url));

/**
 * A copy of a Next.js application with the built packages in its `node_modules`, as after an installation. If
 * the packages were linked, Next.js would follow this repository's `tsconfig.json` to their sources.
 */
export class NextSite {
  private constructor(
    /** The address of the site. */
    readonly url: string,
    readonly dir: string,
    readonly process: ChildProcess,
  ) {}

  /**
   * @param command `start` builds the site and serves the build; `dev` builds pages on request, and again
   *   when a file changes.
   * @param db the URL of the DriftDB server, for the page.
   */
  static async start(command: "start" | "dev", db: string): Promise<NextSite> {
    const parent = join(FIXTURE, ".tmp");
    mkdirSync(parent, { recursive: true });
    const dir = mkdtempSync(join(parent, "site-"));
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      // Next.js would use the NODE_ENV of the tests.
      NODE_ENV: command === "dev" ? "development" : "production",
      NEXT_TELEMETRY_DISABLED: "1",
      DRIFTDB_URL: db,
    };
    try {
      furnish(dir);
      if (command === "start")
        await promisify(execFile)(process.execPath, [NEXT, "build"], { cwd: dir, env });
      const child = spawn(process.execPath, [NEXT, command, "--port", "0", "--hostname", "127.0.0.1"], {
        cwd: dir,
        env,
        stdio: ["ignore", "pipe", "pipe"],
        // A process group: in development, another process serves the pages.
        detached: true,
      });
      return new NextSite(await address(child), dir, child);
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Changes a file of the site, like an editor. */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.dir, path);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }

  /** Kills the site. On SIGTERM, Next.js waits for idle connections that browsers open in advance. */
  async dispose(): Promise<void> {
    const { pid, exitCode, signalCode } = this.process;
    if (pid && exitCode === null && signalCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      process.kill(-pid, "SIGKILL");
      await ended;
    }
    // Other processes of the group may still be writing.
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 10 });
  }
}

function furnish(dir: string): void {
  for (const name of ["app", "jsconfig.json", "next.config.mjs", "package.json"]) {
    cpSync(join(FIXTURE, name), join(dir, name), { recursive: true });
  }
  for (const name of ["driftdb-protocol", "driftdb", "driftdb-react"]) {
    for (const part of ["package.json", "dist"]) {
      const from = join(PACKAGES, name, part);
      if (!existsSync(from)) throw new Error(`${name} is not built: run \`npx pnpm@10.34.9 build\` first`);
      cpSync(from, join(dir, "node_modules", name, part), { recursive: true });
    }
    const { dependencies } = JSON.parse(readFileSync(join(PACKAGES, name, "package.json"), "utf8"));
    for (const other of Object.keys(dependencies ?? {})) {
      if (other.startsWith("driftdb")) continue;
      const from = realpathSync(join(PACKAGES, name, "node_modules", other));
      cpSync(from, join(dir, "node_modules", other), { recursive: true });
    }
  }
}

/** Resolves with the address when the site listens. */
function address(child: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /Local:\s+(http:\/\/\S+:\d+)[\s\S]*Ready/.exec(output)?.[1];
      if (found) resolve(`${found}/`);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`next ended with ${code}: ${output}`)));
  });
}

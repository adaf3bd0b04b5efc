import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type InlineConfig, preview } from "vite";
import { ServerProcess } from "../packages/testkit/src/server-process.js";

/** A built site and its DriftDB server, each on a free port of loopback. */
export class Site {
  #server: ServerProcess;

  private constructor(
    /** The address of the site. */
    readonly url: string,
    server: ServerProcess,
    readonly data: string,
    readonly dispose: () => Promise<void>,
  ) {
    this.#server = server;
  }

  /** @param config of Vite. The page reads the server's port from `import.meta.env.VITE_DRIFTDB_PORT`. */
  static async start(config: InlineConfig): Promise<Site> {
    const scratch = mkdtempSync(join(tmpdir(), "driftdb-e2e-"));
    const data = join(scratch, "data");
    const server = await ServerProcess.start(["--data", data]);
    const outDir = join(scratch, "site");
    const define = { "import.meta.env.VITE_DRIFTDB_PORT": JSON.stringify(String(server.port)) };
    const common: InlineConfig = { ...config, logLevel: "warn", define: { ...config.define, ...define } };
    await build({ ...common, build: { ...config.build, outDir, emptyOutDir: true } });
    const pages = await preview({
      ...common,
      build: { outDir },
      preview: { port: 0, strictPort: false, host: "127.0.0.1" },
    });
    const { port } = pages.httpServer.address() as AddressInfo;
    const site = new Site(`http://127.0.0.1:${port}/`, server, data, async () => {
      await pages.close();
      await site.#server.stop();
      rmSync(scratch, { recursive: true, force: true });
    });
    return site;
  }

  /** `kill -9` of the server. */
  async kill(): Promise<void> {
    await this.#server.kill();
  }

  /** Restarts the server at the same address, on the same data. */
  async restart(): Promise<void> {
    this.#server = await ServerProcess.start(["--data", this.data, "--port", String(this.#server.port)]);
  }
}

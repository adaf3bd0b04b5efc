import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Api, DbConnection, PresenceListener, type WebSocketConstructor } from "driftdb";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Output {
  readonly text: string;
}

/** Bundles for a worker. An import of a Node API is an error. */
async function bundle(entry: string, minify = false): Promise<string> {
  const tsup = realpathSync(`${root}node_modules/tsup`);
  const { build } = createRequire(`${tsup}/`)("esbuild") as {
    build(options: object): Promise<{ outputFiles: readonly Output[] }>;
  };
  const { outputFiles } = await build({
    entryPoints: [`${root}packages/driftdb-server/${entry}`],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify,
    write: false,
    logLevel: "silent",
    tsconfig: `${root}tsconfig.json`,
  });
  return outputFiles[0]?.text ?? "";
}

describe("driftdb-server/core in a worker", () => {
  let worker: Miniflare;
  let api: Api;
  const connections: DbConnection[] = [];

  beforeAll(async () => {
    worker = new Miniflare({
      modules: true,
      script: await bundle("test/worker/worker.ts"),
      host: "127.0.0.1",
      port: 0,
      // Without this, Miniflare would ask Cloudflare for the location of this machine.
      cf: false,
      // Without the flag nodejs_compat, so that Node's APIs do not exist.
      compatibilityDate: "2026-04-01",
      durableObjects: { SERVER: "Server" },
    });
    api = new Api((await worker.ready).href);
  }, 60_000);

  afterAll(async () => {
    for (const db of connections) db.disconnect();
    await worker.dispose();
  });

  async function connect(url: string, cbor = false): Promise<DbConnection> {
    const db = new DbConnection({ websocketConstructor: WebSocket as unknown as WebSocketConstructor });
    connections.push(db);
    await db.connect(url, cbor);
    return db;
  }

  test("has at most 80 kB, minified, and needs no API of Node", async () => {
    const text = await bundle("src/portable.ts", true);
    expect(text).not.toMatch(/node:|require\(/);
    console.log(`driftdb-server/core in a worker: ${(text.length / 1000).toFixed(1)} kB`);
    expect(text.length).toBeLessThanOrEqual(80_000);
  });

  test.each([false, true])("M1 P5 serves real clients (CBOR: %s)", async (cbor) => {
    const { socket_url } = await api.newRoom();
    const [one, other] = [await connect(socket_url, cbor), await connect(socket_url, cbor)];
    const seen: unknown[] = [];
    other.subscribe("log", ({ seq, value }) => seen.push([seq, value]));
    const values = ["a", { b: [1] }, "ü"];
    for (const value of values) {
      await one.send({ type: "push", key: "log", value, action: { type: "append" } });
    }
    const wanted = values.map((value, i) => [i + 1, value]);
    await expect.poll(() => seen).toEqual(wanted);
    // A later client gets the same messages.
    const late: unknown[] = [];
    (await connect(socket_url, cbor)).subscribe("log", ({ seq, value }) => late.push([seq, value]));
    await expect.poll(() => late).toEqual(wanted);
  });

  test("S9 a client that disconnects disappears immediately", async () => {
    const { socket_url } = await api.newRoom();
    const [one, other] = [await connect(socket_url), await connect(socket_url)];
    let others: readonly string[] = [];
    const presence = (db: DbConnection, clientId: string, callback: (all: object) => void) =>
      new PresenceListener({ db, clientId, initialState: clientId, callback }).subscribe();
    presence(one, "one", () => {});
    presence(other, "other", (all) => {
      others = Object.keys(all);
    });
    await expect.poll(() => others).toContain("one");
    one.disconnect();
    await expect.poll(() => others).not.toContain("one");
  });
});

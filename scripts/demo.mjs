#!/usr/bin/env node
// `npm run demo`: builds changed packages, starts the server and the demo pages, and stops both on Ctrl-C.
import { networkInterfaces } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildPackages } from "./lib/build.mjs";
import { buildPages, servePages } from "./lib/pages.mjs";
import { root, seconds } from "./lib/project.mjs";
import { stopChildren } from "./lib/run.mjs";
import { startServer } from "./lib/server.mjs";

const help = `npm run demo -- [--host ADDRESS] [--data DIR]

  --host ADDRESS   address of server and pages (default 127.0.0.1; 0.0.0.0 for phones in the same network)
  --data DIR       directory that keeps the rooms (default driftdb-data)
`;

const start = performance.now();

/** The started servers, which are closed in the opposite order. */
const started = [];
let stopping;

/** Signals that arrive together are one key press: the terminal, npm and pnpm each send one. */
const SAME_PRESS_MS = 500;

function stop() {
  if (stopping !== undefined) {
    if (performance.now() - stopping > SAME_PRESS_MS) process.exit(130);
    return;
  }
  stopping = performance.now();
  stopChildren();
  closeAll().then(
    () => process.exit(0),
    (error) => fail(error),
  );
}

async function closeAll() {
  for (const { close } of started.reverse()) await close();
}

function fail(error) {
  console.error(`\n${explain(error)}`);
  process.exit(1);
}

function explain(error) {
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    const address = error.address ?? error.hostname;
    return `This machine has no address ${address}: choose one of its own with --host.`;
  }
  return error.message;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: "string", default: "127.0.0.1" },
        data: { type: "string", default: join(root, "driftdb-data") },
        help: { type: "boolean" },
      },
    });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    return values;
  } catch (error) {
    console.error(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}

/** The addresses by which a host reaches this machine. */
function addressesOf(host) {
  if (host !== "0.0.0.0" && host !== "::") return [host.includes(":") ? `[${host}]` : host];
  const all = Object.values(networkInterfaces()).flat();
  const outside = all.filter((address) => address?.family === "IPv4" && !address.internal);
  return ["127.0.0.1", ...outside.map(({ address }) => address)];
}

const say = (line) => console.log(`[${seconds(performance.now() - start).padStart(6)}] ${line}`);

async function main() {
  const { host, data } = readOptions();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);

  say("Building changed packages");
  await buildPackages({ say: (built) => say(`  ${built}`) });
  if (stopping !== undefined) return;

  const server = await startServer({ port: 8080, host, data });
  started.push(server);
  say("Building the pages");
  await buildPages({ port: server.port });
  const pages = await servePages({ port: 5173, host });
  started.push(pages);
  if (stopping !== undefined) return;
  say("Ready");

  const [first, ...others] = addressesOf(host).map((name) => `http://${name}:${pages.port}/`);
  const phones = others.map((url) => `  On your phone:             ${url}\n`).join("");
  console.log(`
  Open this in two windows:  ${first}
${phones}
  The server:                http://${addressesOf(host)[0]}:${server.port}/
  The data:                  ${resolve(data)}

  Ctrl-C stops the demo. The shared data is there again at the next start.
`);
}

main().catch((error) => {
  // A build that Ctrl-C has interrupted is no failure.
  if (stopping === undefined) closeAll().finally(() => fail(error));
});

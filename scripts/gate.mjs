#!/usr/bin/env node
// Runs release gates: `npm run gate -- cuts kills`, or `npm run gate -- all`. Each prints its figure in one line, and
// exits with 1 where that misses its target.
//
// The sources are bundled, so that a gate runs what is in the checkout and needs no build: the gate itself, the
// server's command, and the programs that the gate starts as processes of their own.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { packageDir, root, tool } from "./lib/project.mjs";
import { runNode, stopChildren } from "./lib/run.mjs";

/** A gate that takes longer than this is stopped, in ms. */
const LONGEST = 15 * 60_000;

const { build } = createRequire(realpathSync(tool("tsup")))("esbuild");
const scripts = (dir) =>
  readdirSync(join(root, dir), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => basename(name, ".ts"));

const gates = scripts("gates");
const asked = process.argv.slice(2);
const names = asked[0] === "all" ? gates : asked;
const unknown = names.find((name) => !gates.includes(name));
if (names.length === 0 || unknown) {
  console.error(
    `${unknown ? `There is no gate ${unknown}. ` : ""}Give some of: ${gates.join(", ")}; or all.`,
  );
  process.exit(2);
}

// Where `ws` and `libsql`, which stay outside of the bundles, are found.
const modules = join(packageDir("driftdb-server"), "node_modules");
mkdirSync(modules, { recursive: true });
const outdir = mkdtempSync(join(modules, ".gates-"));
process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stopChildren();
    process.exit(1);
  });
}

await build({
  entryPoints: {
    ...Object.fromEntries(names.map((name) => [name, join(root, "gates", `${name}.ts`)])),
    ...Object.fromEntries(
      scripts("gates/children").map((name) => [name, join(root, "gates/children", `${name}.ts`)]),
    ),
    server: join(packageDir("driftdb-server"), "src/cli.ts"),
  },
  outdir,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  target: "node20",
  platform: "node",
  external: ["ws", "libsql"],
  tsconfig: join(root, "tsconfig.json"),
  sourcemap: "inline",
  logLevel: "warning",
});

let failed = false;
for (const name of names) {
  const { code } = await runNode(join(outdir, `${name}.mjs`), [], { live: true, timeout: LONGEST });
  if (code !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;

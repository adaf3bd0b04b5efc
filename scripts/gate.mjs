#!/usr/bin/env node
// Runs release gates: `npm run gate -- cuts kills`, or `npm run gate -- all`. Each gate prints its figure in
// one line, and exits with 1 when it misses its target.
//
// The script bundles the sources of the checkout, so it needs no build: the gate, the server's command, and
// the programs that the gate starts as processes.
import { join } from "node:path";
import { bundlePrograms, sources } from "./lib/programs.mjs";
import { packageDir } from "./lib/project.mjs";
import { runNode } from "./lib/run.mjs";

/** Milliseconds after which a gate is stopped. */
const LONGEST = 15 * 60_000;

const gates = sources("gates");
const asked = process.argv.slice(2);
const names = asked[0] === "all" ? gates : asked;
const unknown = names.find((name) => !gates.includes(name));
if (names.length === 0 || unknown) {
  console.error(
    `${unknown ? `There is no gate "${unknown}". ` : ""}Give some of: ${gates.join(", ")}; or all.`,
  );
  process.exit(2);
}

const program = await bundlePrograms(
  {
    ...Object.fromEntries(names.map((name) => [name, `gates/${name}.ts`])),
    ...Object.fromEntries(sources("gates/children").map((name) => [name, `gates/children/${name}.ts`])),
    server: "packages/driftdb-server/src/cli/main.ts",
  },
  { modules: join(packageDir("driftdb-server"), "node_modules"), external: ["ws", "libsql"] },
);

let failed = false;
for (const name of names) {
  const { code } = await runNode(program(name), [], { live: true, timeout: LONGEST });
  if (code !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;

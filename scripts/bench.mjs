#!/usr/bin/env node
// Measures everything side by side: `npm run bench`, or `npm run bench -- fan-out rooms`. With --quick, few and small
// cases, to see that it works; ROUNDS says how many rounds are counted (5). With --docs, nothing is measured: the figures
// of bench/results.json go into docs/performance.md and its plots.
//
// The sources are bundled, so that what is in the checkout is measured and needs no build; the peers are those of bench/.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureChromium } from "./browser.mjs";
import { bundlePrograms, sources } from "./lib/programs.mjs";
import { root } from "./lib/project.mjs";
import { runNode } from "./lib/run.mjs";

const scenarios = sources("bench/scenarios");
const asked = process.argv.slice(2);
const quick = asked.includes("--quick");
const onlyDocs = asked.includes("--docs");
const names = asked.filter((argument) => !["--quick", "--docs"].includes(argument));
const run = names.length > 0 ? names : scenarios;
const unknown = names.find((name) => !scenarios.includes(name));
if (unknown) {
  console.error(`There is no scenario ${unknown}. Give some of: ${scenarios.join(", ")}; none for all.`);
  process.exit(2);
}

const { dependencies } = JSON.parse(readFileSync(join(root, "bench/package.json"), "utf8"));
const named = (kind, dir) => sources(dir).map((name) => [`${kind}-${name}`, `${dir}/${name}.ts`]);
const program = await bundlePrograms(
  {
    main: "bench/main.ts",
    docs: "bench/docs.ts",
    server: "packages/driftdb-server/src/cli/main.ts",
    ...Object.fromEntries(named("scenario", "bench/scenarios")),
    ...Object.fromEntries(named("server", "bench/servers")),
    ...Object.fromEntries(named("load", "bench/load")),
    ...Object.fromEntries(named("worker", "bench/workers")),
    // Shared with the gate `cost`.
    appenders: "gates/children/appenders.ts",
    "bare-server": "gates/children/bare-server.ts",
  },
  {
    pages: Object.fromEntries(named("page", "bench/pages")),
    modules: join(root, "bench/node_modules"),
    // Our own packages are bundled from their sources.
    external: [
      ...Object.keys(dependencies).filter((name) => !dependencies[name].startsWith("workspace:")),
      // What a worker finds in its runtime.
      "cloudflare:workers",
    ],
  },
);
// It is looked for once, or installed, before anything is measured.
if (run.includes("react") && !onlyDocs) process.env.DRIFTDB_CHROMIUM = await ensureChromium(console.error);
const results = quick ? [] : ["--results", join(root, "bench/results.json")];
const options = [...(quick ? ["--quick"] : []), ...results];
const { code } = onlyDocs
  ? await runNode(program("docs"), [root], { live: true })
  : await runNode(program("main"), [...options, ...run], { live: true });
process.exitCode = code ?? 1;

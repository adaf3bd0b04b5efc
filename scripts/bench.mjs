#!/usr/bin/env node
// Measures DriftDB and its peers side by side: `npm run bench`, or `npm run bench -- fan-out rooms`. --quick
// runs few and small cases. ROUNDS is the number of rounds that count (5). --docs measures nothing: it writes
// the figures of bench/results.json into docs/performance.md and its plots.
//
// --before DIR also measures the server of another checkout, such as a worktree of an older commit, as
// `driftdb before`, with bars that compare the two. It leaves bench/results.json alone. fan-out, rooms and
// durable have it.
//
// The script bundles the sources of the checkout, so it needs no build. The peers are dependencies of bench/.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureChromium } from "./browser.mjs";
import { bundlePrograms, sources } from "./lib/programs.mjs";
import { root } from "./lib/project.mjs";
import { runNode } from "./lib/run.mjs";

const scenarios = sources("bench/scenarios");
const asked = process.argv.slice(2);
const quick = asked.includes("--quick");
const onlyDocs = asked.includes("--docs");
const beforeAt = asked.indexOf("--before");
const before = beforeAt < 0 ? undefined : resolve(asked.splice(beforeAt, 2)[1] ?? "");
const names = asked.filter((argument) => !["--quick", "--docs"].includes(argument));
const run = names.length > 0 ? names : scenarios;
const unknown = names.find((name) => !scenarios.includes(name));
if (unknown) {
  console.error(`There is no scenario "${unknown}". Give some of: ${scenarios.join(", ")}; or none for all.`);
  process.exit(2);
}

/** The server's command in another checkout: older ones have it elsewhere. */
const commandOf = (checkout) => {
  const paths = ["packages/driftdb-server/src/cli/main.ts", "packages/driftdb-server/src/cli.ts"];
  const found = paths.find((path) => existsSync(join(checkout, path)));
  if (found) return found;
  console.error(`--before: ${checkout} is no checkout of DriftDB with its dependencies installed`);
  process.exit(2);
};
if (before) process.env.DRIFTDB_BENCH_BEFORE = before;

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
    ...(before && { others: { root: before, entries: { "server-before": commandOf(before) } } }),
    modules: join(root, "bench/node_modules"),
    // Our own packages are bundled from their sources, and stay inside.
    external: [
      ...Object.keys(dependencies).filter((name) => !dependencies[name].startsWith("workspace:")),
      // A worker imports this from its runtime.
      "cloudflare:workers",
    ],
  },
);
// Looks for a browser, or installs one, before anything is measured.
if (run.includes("react") && !onlyDocs) process.env.DRIFTDB_CHROMIUM = await ensureChromium(console.error);
const results = quick || before ? [] : ["--results", join(root, "bench/results.json")];
const options = [...(quick ? ["--quick"] : []), ...results];
const { code } = onlyDocs
  ? await runNode(program("docs"), [root], { live: true })
  : await runNode(program("main"), [...options, ...run], { live: true });
process.exitCode = code ?? 1;

// Runs scenarios one after the other: `main [--quick] [--results FILE] NAME…`. scripts/bench.mjs bundles and
// starts it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Bench, Scenario } from "./lib/bench.js";
import { save, table } from "./lib/report.js";
import { Result } from "./lib/result.js";

const { values, positionals } = parseArgs({
  options: { quick: { type: "boolean", default: false }, results: { type: "string" } },
  allowPositionals: true,
});
const rounds = Number(process.env.ROUNDS ?? (values.quick ? 1 : 5));
if (!(Number.isInteger(rounds) && rounds > 0)) {
  console.error(`ROUNDS is "${process.env.ROUNDS}": give a whole number above 0`);
  process.exit(2);
}

const undone: (() => unknown)[] = [];
async function tidy(): Promise<void> {
  for (const work of undone.splice(0).reverse()) await work();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void tidy().finally(() => process.exit(1)));
}

async function run(scenario: Scenario): Promise<void> {
  const start = performance.now();
  const result = new Result();
  const bench: Bench = {
    directory() {
      const directory = mkdtempSync(join(tmpdir(), "driftdb-bench-"));
      undone.push(() => rmSync(directory, { recursive: true, force: true }));
      return directory;
    },
    undo: (work) => undone.push(work),
    rounds,
    quick: values.quick,
    note: (at, value) => result.note(at, value),
    bar: (bar) => result.bar(bar),
    say: (progress) => console.error(`  ${scenario.name}: ${progress}`),
  };
  try {
    await scenario.run(bench);
  } finally {
    await tidy();
  }
  const found = result.end(scenario, rounds);
  console.log(`\n${table(found)}\n  (${((performance.now() - start) / 1_000).toFixed(0)} s)`);
  if (values.results) save(values.results, found);
}

for (const name of positionals) {
  // scripts/bench.mjs bundles each scenario into a file beside this one.
  const module = (await import(new URL(`./scenario-${name}.mjs`, import.meta.url).href)) as {
    default: Scenario;
  };
  try {
    await run(module.default);
  } catch (error) {
    console.error(`${name} failed:`, error);
    process.exitCode = 1;
  }
}
// A child that has not ended must not keep this process running.
process.exit();

#!/usr/bin/env node
// Breaks one rule of the real client or server at a time, and runs the simulation, which must find a
// violation:
//   npm run mutants -- --schedules 2000 --seed 1
// A mutant of code that the simulation does not run names a test file, in which a test must fail.
// `--only S7` runs the mutants whose rule or name contains that text. A mutant that survives is a hole in the
// simulation, or in the tests.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mutants } from "./lib/mutant-list.mjs";
import { testMutants } from "./lib/mutant-tests.mjs";
import { root, seconds } from "./lib/project.mjs";
import { bundleSimulation } from "./lib/simulation-bundle.mjs";
import { runSchedules } from "./lib/simulation-workers.mjs";

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const schedules = Number(values.schedules);
const seed = Number(values.seed);
if (!(Number.isInteger(schedules) && schedules > 0 && Number.isInteger(seed) && seed >= 0)) {
  console.error("Give --schedules a whole number above 0, and --seed a whole number.");
  process.exit(2);
}

mkdirSync(join(root, ".tmp"), { recursive: true });
const directory = mkdtempSync(join(root, ".tmp", "mutants-"));
const start = performance.now();
let caught = 0;
const survivors = [];

/** @param outcome What became of the mutant; `undefined` if it survived. */
function report(mutant, outcome, tried) {
  if (outcome) caught++;
  else survivors.push(mutant);
  const { rule, name } = mutant;
  console.log(
    `${rule.padEnd(4)} ${(outcome ? `caught ${outcome}` : `SURVIVED ${tried}`).padEnd(20)} ${name}`,
  );
}

/** Runs the simulation against a mutant. */
async function hunt(mutant, module) {
  await bundleSimulation(module, mutant);
  const workers = availableParallelism();
  const { done, violations } = await runSchedules({ module, seed, schedules, workers });
  const [first] = violations;
  const invariant = first && /ms: (\w+)/.exec(first.violation)?.[1];
  report(mutant, first && `${String(first.seed - seed + 1).padStart(4)}  by ${invariant}`, done);
}

try {
  const chosen = mutants.filter(({ rule, name }) => `${rule} ${name}`.includes(values.only));
  const simulated = chosen.filter(({ test }) => !test);
  for (const [index, mutant] of simulated.entries())
    await hunt(mutant, join(directory, `mutant-${index}.mjs`));
  const tested = chosen.filter(({ test }) => test);
  if (tested.length > 0) {
    for (const [mutant, test] of await testMutants(tested)) report(mutant, test && "by a test", mutant.test);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(
  `mutants ${caught + survivors.length}, caught ${caught} within ${schedules} schedules, survived ${survivors.length}, ` +
    `time ${seconds(performance.now() - start)}`,
);
process.exitCode = survivors.length > 0 || caught === 0 ? 1 : 0;

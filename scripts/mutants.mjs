#!/usr/bin/env node
// Breaks one rule of the real client or server at a time, and runs the simulation, which must find a
// violation:
//   npm run mutants -- --schedules 2000 --seed 1
// `--only S7` runs the mutants whose rule or name contains that text. A mutant that survives is a hole in the
// simulation.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mutants } from "./lib/mutant-list.mjs";
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

/** @returns The outcome of a mutant, for the table. */
async function hunt(mutant, module) {
  await bundleSimulation(module, mutant);
  const workers = availableParallelism();
  const { done, violations } = await runSchedules({ module, seed, schedules, workers });
  const [first] = violations;
  if (!first) {
    survivors.push(mutant);
    return `SURVIVED ${done}`;
  }
  caught++;
  const invariant = /ms: (\w+)/.exec(first.violation)?.[1];
  return `caught ${String(first.seed - seed + 1).padStart(4)}  by ${invariant}`;
}

try {
  const chosen = mutants.filter(({ rule, name }) => `${rule} ${name}`.includes(values.only));
  for (const [index, mutant] of chosen.entries()) {
    const outcome = await hunt(mutant, join(directory, `mutant-${index}.mjs`));
    console.log(`${mutant.rule.padEnd(4)} ${outcome.padEnd(20)} ${mutant.name}`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(
  `mutants ${caught + survivors.length}, caught ${caught} within ${schedules} schedules, survived ${survivors.length}, ` +
    `time ${seconds(performance.now() - start)}`,
);
process.exitCode = survivors.length > 0 || caught === 0 ? 1 : 0;

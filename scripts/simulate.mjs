#!/usr/bin/env node
// Runs the real client and server on a virtual clock, network and disk, through seeded schedules of faults:
//   npm run simulate -- --schedules 100000 --seed 1
// A violation prints its seed: `--schedules 1 --seed <seed>` repeats the schedule.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, seconds } from "./lib/project.mjs";
import { bundleSimulation } from "./lib/simulation-bundle.mjs";
import { runSchedules } from "./lib/simulation-workers.mjs";

const { values } = parseArgs({
  options: { schedules: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const schedules = Number(values.schedules);
const seed = Number(values.seed);
if (!(Number.isInteger(schedules) && schedules > 0 && Number.isInteger(seed) && seed >= 0)) {
  console.error("Give --schedules a whole number above 0, and --seed a whole number.");
  process.exit(2);
}

mkdirSync(join(root, ".tmp"), { recursive: true });
const directory = mkdtempSync(join(root, ".tmp", "simulate-"));
try {
  const module = join(directory, "simulation.mjs");
  await bundleSimulation(module);
  const start = performance.now();
  let told = start;
  const { done, sum, violations } = await runSchedules({
    module,
    seed,
    schedules,
    workers: Math.min(availableParallelism(), schedules),
    progress: (count) => {
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      console.log(`${count} of ${schedules} schedules, ${seconds(told - start)}`);
    },
  });
  for (const { seed, violation } of violations) {
    console.log(`\nVIOLATION ${violation}\nAgain: npm run simulate -- --schedules 1 --seed ${seed}`);
  }
  const counts = Object.entries(sum).map(([name, count]) => `${name} ${count}`);
  const figures = [`schedules ${done}`, ...counts, `violations ${violations.length}`];
  console.log(`${figures.join(", ")}, time ${seconds(performance.now() - start)}`);
  process.exitCode = violations.length > 0 ? 1 : 0;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

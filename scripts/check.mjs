#!/usr/bin/env node
// Everything that has to hold before a change goes in: `npm test`, and what CI runs.
// `node scripts/check.mjs lint types` runs the named steps only.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureChromium } from "./browser.mjs";
import { buildPackages } from "./lib/build.mjs";
import { buildPages } from "./lib/pages.mjs";
import { packageDir, published, root, seconds, tool } from "./lib/project.mjs";
import { runNode } from "./lib/run.mjs";
import { runTests } from "./lib/tests.mjs";
import { measureSizes } from "./size.mjs";

/** A step that is one tool run to its end: its output is shown when it fails. */
async function must(script, args, options) {
  const { code, output } = await runNode(script, args, options);
  if (code !== 0) throw new Error(output.trim() || `ended with exit code ${code}`);
}

/** Runs a check for each published package, and fails with all of their failures. */
async function forEachPackage(check) {
  const failures = [];
  for (const name of published) {
    await check(name).catch((error) => failures.push(`${name}:\n${error.message}`));
  }
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
}

async function browserTests() {
  let path;
  try {
    path = await ensureChromium((line) => console.log(line));
  } catch (error) {
    if (process.env.CI || process.env.DRIFTDB_CHROMIUM) throw error;
    console.log(error.message);
    const line = "THE BROWSER TESTS WERE SKIPPED: no Chromium here (see above).";
    const bar = "!".repeat(line.length + 6);
    console.log(`\n${bar}\n!! ${line} !!\n${bar}`);
    return { skipped: 1 };
  }
  console.log(`Chromium: ${path}`);
  return await runTests(["e2e"], { DRIFTDB_CHROMIUM: path });
}

async function typesOfPackage(name) {
  // attw is content with a package that has no types at all.
  if (!existsSync(join(packageDir(name), "dist", "index.d.ts")))
    throw new Error("dist/index.d.ts is missing");
  await must(tool("@arethetypeswrong/cli", "attw"), ["--pack", packageDir(name), "--profile", "esm-only"]);
}

async function lockfile() {
  const lines = readFileSync(join(root, "pnpm-lock.yaml"), "utf8").split("\n");
  const found = lines.flatMap((line, i) =>
    /https?:|tarball:/.test(line) ? [`line ${i + 1}: ${line.trim()}`] : [],
  );
  if (found.length > 0)
    throw new Error(`pnpm-lock.yaml names a registry or an address:\n${found.join("\n")}`);
}

const say = (line) => console.log(`  ${line}`);

// Where no terminal is, the tools guess differently, and biome does not guess: they are told.
const isPlain = !process.stdout.isTTY && process.env.FORCE_COLOR === undefined;
if (isPlain) process.env.NO_COLOR = "1";
const lint = ["ci", `--colors=${isPlain ? "off" : "force"}`, "."];

/** In the order in which they run. `needs` names steps without which a step says nothing. */
const steps = [
  {
    name: "lint",
    title: "Format and lint",
    run: () => must(tool("@biomejs/biome", "biome"), lint),
  },
  { name: "types", title: "Types", run: () => must(tool("typescript", "tsc"), ["--noEmit"]) },
  {
    // Before the tests: some of them start the built server as a process of its own.
    name: "build",
    title: "Build",
    run: async () => {
      await buildPackages({ force: true, say });
      await buildPages({ port: 8080 });
      say("demos");
    },
  },
  {
    name: "test",
    title: "Unit and integration tests",
    run: () => runTests(["unit", "jsdom", "jsdom-18", "frameworks"]),
  },
  {
    name: "mutants",
    title: "Mutants of the simulation",
    run: () => must(join(root, "scripts", "mutants.mjs"), []),
  },
  { name: "browser", title: "Browser tests", needs: ["build"], run: browserTests },
  {
    name: "publint",
    title: "Packages (publint)",
    needs: ["build"],
    run: () =>
      forEachPackage((name) => must(tool("publint"), ["run", packageDir(name), "--strict", "--pack", "npm"])),
  },
  {
    name: "attw",
    title: "Packages' types (attw)",
    needs: ["build"],
    run: () => forEachPackage(typesOfPackage),
  },
  { name: "size", title: "Bundle size", needs: ["build"], run: () => measureSizes(say) },
  { name: "lockfile", title: "Lockfile", run: lockfile },
];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `No such step: ${unknown.join(", ")}. There are: ${steps.map((step) => step.name).join(", ")}.`,
  );
  process.exit(2);
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const failedSteps = new Set();
const summary = [];

async function runStep({ needs = [], run }) {
  const missing = needs.filter((other) => failedSteps.has(other));
  if (missing.length > 0) return { failed: 1, note: `not run: ${missing.join(", ")} failed` };
  try {
    return (await run()) ?? { passed: 1 };
  } catch (error) {
    console.log(error.message);
    return { failed: 1 };
  }
}

for (const step of steps) {
  if (named.length > 0 && !named.includes(step.name)) continue;
  console.log(`\n=== ${step.title} ===`);
  const start = performance.now();
  const { passed = 0, failed = 0, skipped = 0, note = "" } = await runStep(step);
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
  if (failed > 0) failedSteps.add(step.name);
  const word = failed > 0 ? "FAILED" : passed > 0 ? "ok" : "SKIPPED";
  const line = `${word.padEnd(8)}${step.title.padEnd(28)}${seconds(performance.now() - start).padStart(8)}  ${note}`;
  console.log(line.trimEnd());
  summary.push(line.trimEnd());
}

const total = [`${sum.passed} passed`, `${sum.failed} failed`];
if (sum.skipped > 0) total.push(`${sum.skipped} skipped`);
console.log(`\n${summary.join("\n")}\n\n${total.join(", ")}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

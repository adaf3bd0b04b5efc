#!/usr/bin/env node
// Runs every check that a change must pass: `npm test` locally and in CI.
// `node scripts/check.mjs lint types` runs the named steps only.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkApi } from "./api.mjs";
import { ensureChromium } from "./browser.mjs";
import { checkExamples } from "./examples.mjs";
import { buildPackages } from "./lib/build.mjs";
import { COLUMNS, findLongComments } from "./lib/comments.mjs";
import { buildPages } from "./lib/pages.mjs";
import { packageDir, published, root, seconds, tool } from "./lib/project.mjs";
import { runNode } from "./lib/run.mjs";
import { runTests } from "./lib/tests.mjs";
import { measureSizes } from "./size.mjs";

/** Runs a tool as a step. @throws {Error} With its output, when the tool fails. */
async function must(script, args, options) {
  const { code, output } = await runNode(script, args, options);
  if (code !== 0) throw new Error(output.trim() || `ended with exit code ${code}`);
}

/** Runs a check for each published package. @throws {Error} With all failures, after the last package. */
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
  // attw accepts a package without any types.
  if (!existsSync(join(packageDir(name), "dist", "index.d.ts")))
    throw new Error("dist/index.d.ts is missing: run `node scripts/build.mjs`");
  await must(tool("@arethetypeswrong/cli", "attw"), ["--pack", packageDir(name), "--profile", "esm-only"]);
}

async function lockfile() {
  const lines = readFileSync(join(root, "pnpm-lock.yaml"), "utf8").split("\n");
  const found = lines.flatMap((line, i) =>
    /https?:|tarball:/.test(line) ? [`line ${i + 1}: ${line.trim()}`] : [],
  );
  if (found.length > 0)
    throw new Error(
      `pnpm-lock.yaml contains URLs. Run pnpm without lockfile-include-tarball-url:\n${found.join("\n")}`,
    );
}

function comments() {
  const found = findLongComments();
  if (found.length > 0)
    throw new Error(`comment lines have at most ${COLUMNS} columns: break these\n${found.join("\n")}`);
}

const say = (line) => console.log(`  ${line}`);

// Without a terminal, the tools disagree about colours.
const isPlain = !process.stdout.isTTY && process.env.FORCE_COLOR === undefined;
if (isPlain) process.env.NO_COLOR = "1";
const lint = ["ci", `--colors=${isPlain ? "off" : "force"}`, "."];

/** The steps in the order of their runs. A step is skipped when one of its `needs` has failed. */
const steps = [
  {
    name: "lint",
    title: "Format and lint",
    run: async () => {
      await must(tool("@biomejs/biome", "biome"), lint);
      comments();
    },
  },
  {
    name: "floors",
    title: "Floors and circles",
    run: () => must(join(root, "scripts", "floors.mjs"), []),
  },
  { name: "types", title: "Types", run: () => must(tool("typescript", "tsc"), ["--noEmit"]) },
  {
    // Before the tests: some of them start the built server.
    name: "build",
    title: "Build",
    run: async () => {
      await buildPackages({ force: true, say });
      await buildPages({ port: 8080 });
      say("demos");
    },
  },
  {
    name: "examples",
    title: "Examples in docstrings",
    needs: ["build"],
    run: () => checkExamples(say),
  },
  { name: "api", title: "Public API", needs: ["build"], run: () => checkApi(say) },
  {
    name: "test",
    title: "Unit and integration tests",
    run: () => runTests(["unit", "jsdom", "jsdom-18", "frameworks"]),
  },
  {
    name: "mutants",
    title: "Mutants",
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
  const time = seconds(performance.now() - start).padStart(8);
  const line = `${word.padEnd(8)}${step.title.padEnd(28)}${time}  ${note}`;
  console.log(line.trimEnd());
  summary.push(line.trimEnd());
}

const total = [`${sum.passed} passed`, `${sum.failed} failed`];
if (sum.skipped > 0) total.push(`${sum.skipped} skipped`);
console.log(`\n${summary.join("\n")}\n\n${total.join(", ")}`);
process.exitCode = sum.failed > 0 || sum.passed === 0 ? 1 : 0;

#!/usr/bin/env node
// Checks every import against the floors of the house (scripts/lib/floors.mjs), and the drawing in
// CONTRIBUTING.md: `node scripts/floors.mjs`. With --write, it redraws the house there.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProblems } from "./lib/check-floors.mjs";
import { withHouse } from "./lib/draw-house.mjs";
import * as list from "./lib/floors.mjs";
import { root } from "./lib/project.mjs";

process.chdir(root);
const problems = await findProblems(list);
const path = join(root, "CONTRIBUTING.md");
const page = readFileSync(path, "utf8");
const right = withHouse(page, list.house);
if (process.argv.includes("--write")) writeFileSync(path, right);
else if (right !== page)
  problems.push(
    "CONTRIBUTING.md draws another house than scripts/lib/floors.mjs: run `node scripts/floors.mjs --write`.",
  );
if (problems.length > 0) {
  console.error(problems.join("\n\n"));
  process.exitCode = 1;
}

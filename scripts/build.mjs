#!/usr/bin/env node
// Builds the published packages that have changed: `node scripts/build.mjs`. With --force, it builds all of
// them.
import { buildPackages } from "./lib/build.mjs";

try {
  await buildPackages({ force: process.argv.includes("--force"), say: (built) => console.log(built) });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

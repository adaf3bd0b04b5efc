#!/usr/bin/env node
// Builds the published packages: `node scripts/build.mjs`, all of them with `--force`, else where they have changed.
import { buildPackages } from "./lib/build.mjs";

try {
  await buildPackages({ force: process.argv.includes("--force"), say: (built) => console.log(built) });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

// Writes the figures of bench/results.json into docs/performance.md and docs/images: `docs ROOT`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillDocument } from "./lib/docs.js";
import { plots } from "./lib/plots.js";
import type { ScenarioResult } from "./lib/result.js";

const root = process.argv[2] ?? ".";
const results = JSON.parse(readFileSync(join(root, "bench/results.json"), "utf8")) as ScenarioResult[];
const path = join(root, "docs/performance.md");
writeFileSync(path, fillDocument(readFileSync(path, "utf8"), results));
for (const [name, svg] of plots(results)) writeFileSync(join(root, "docs/images", `${name}.svg`), svg);

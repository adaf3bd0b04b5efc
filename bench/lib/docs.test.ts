import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fillDocument } from "./docs.js";
import { barPlot, linePlot } from "./plot.js";
import { plots } from "./plots.js";
import type { ScenarioResult } from "./result.js";

const at = { case: "a case", metric: "time", unit: "ms" };
const RESULT: ScenarioResult = {
  name: "some",
  title: "Some",
  machine: "a machine",
  node: "v20.0.0",
  date: "2026-01-31",
  rounds: 5,
  figures: [
    { ...at, variant: "driftdb", median: 1.234, rounds: [1.234] },
    { ...at, variant: "bare", median: 12_345, rounds: [12_345] },
    { ...at, metric: "lost", unit: "", variant: "bare", median: 0, rounds: [0] },
  ],
  bars: [{ text: "a ratio", target: 0.3, better: "less", value: 0.5, reached: false }],
};

test("a marker is filled with tables and bars, and again with others, and what is around it stays", () => {
  const before = "before\n<!-- bench:some -->\nold\n<!-- /bench -->\nafter\n";
  const filled = fillDocument(before, [RESULT]);
  expect(filled).toBe(`before
<!-- bench:some -->

| a case  | time (ms) | lost |
| ------- | --------: | ---: |
| driftdb |      1.23 |      |
| bare    |    12,345 |    0 |

- **Not reached**: a ratio: 0.5 (≤ 0.3)

<!-- /bench -->
after
`);
  expect(fillDocument(filled, [RESULT])).toBe(filled);
});

test("the machine is named with the scenarios that it ran", () => {
  const filled = fillDocument("<!-- bench:machine -->\n<!-- /bench -->", [
    RESULT,
    { ...RESULT, name: "other" },
  ]);
  expect(filled).toContain("- a machine, Node v20.0.0, 2026-01-31, medians of 5 rounds: some, other\n");
});

test("a marker of what was not measured says what to run", () => {
  expect(fillDocument("<!-- bench:none -->\n<!-- /bench -->", [RESULT])).toContain("npm run bench -- none");
});

test("the longest bar fills the plot, others are in proportion, and texts are escaped", () => {
  const plot = barPlot("a < b", "case", "ms", [
    { label: "DriftDB", value: 50 },
    { label: "ws & others", value: 100 },
  ]);
  expect(
    plot.match(/class="(own|bar)" [^>]* width="[\d.]+"/g)?.map((bar) => bar.replace(/ x=.* width/, "")),
  ).toEqual(['class="own"="184.0"', 'class="bar"="368.0"']);
  expect(plot).toContain("a &lt; b");
  expect(plot).toContain("ws &amp; others");
});

test("on logarithmic axes, what grows in proportion is a straight line", () => {
  const plot = linePlot("growth", "", "µs", [
    {
      label: "one",
      points: [
        [1, 1],
        [10, 10],
        [100, 100],
      ],
    },
  ]);
  const [[x1, y1], [x2, y2], [x3, y3]] = [...plot.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(
    ([, x, y]) => [Number(x), Number(y)],
  ) as [[number, number], [number, number], [number, number]];
  expect(x2 - x1).toBeCloseTo(x3 - x2, 0);
  expect(y1 - y2).toBeCloseTo(y2 - y3, 0);
  expect(y1).toBeGreaterThan(y3);
});

test("docs/performance.md and its plots show bench/results.json: npm run bench -- --docs", () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const results = JSON.parse(read("bench/results.json")) as ScenarioResult[];
  const document = read("docs/performance.md");
  expect(document).toBe(fillDocument(document, results));
  const made = plots(results);
  expect(made.size).toBeGreaterThan(0);
  for (const [name, svg] of made) {
    expect(document).toContain(`images/${name}.svg`);
    expect(read(`docs/images/${name}.svg`)).toBe(svg);
  }
});

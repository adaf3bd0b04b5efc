import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { BarResult, Figure, ScenarioResult } from "./result.js";

/** `0.0123`, `1.23`, `123`, `12,345` */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}

/**
 * The text for the terminal: a table per case with a line per variant and a column per metric, then the bars.
 */
export function table({ title, machine, node, rounds, figures, bars }: ScenarioResult): string {
  const lines = [`${title}`, `  ${machine}, Node ${node}, medians of ${rounds} rounds`];
  for (const name of unique(figures.map((figure) => figure.case))) {
    lines.push("", `  ${name}`, ...caseLines(figures.filter((figure) => figure.case === name)));
  }
  if (bars.length > 0) lines.push("", ...bars.map(barLine));
  return lines.join("\n");
}

function caseLines(figures: readonly Figure[]): string[] {
  const metrics = unique(figures.map(({ metric }) => metric));
  const unit = (metric: string) => figures.find((figure) => figure.metric === metric)?.unit ?? "";
  const rows = [
    ["", ...metrics.map((metric) => `${metric}${unit(metric) && ` (${unit(metric)})`}`)],
    ...unique(figures.map(({ variant }) => variant)).map((variant) => [
      variant,
      ...metrics.map((metric) => {
        const figure = figures.find((one) => one.variant === variant && one.metric === metric);
        return figure ? readable(figure.median) : "";
      }),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return rows.map((row) => `    ${row.map(pad).join("  ")}`.trimEnd());
}

const barLine = ({ text, target, better, value, reached }: BarResult) => {
  const sign = better === "less" ? "≤" : "≥";
  return `  ${reached ? "reached" : "MISSED "}  ${text}: ${readable(value)} (${sign} ${target})`;
};

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** Replaces the earlier result of the scenario in the file. Results of other scenarios stay. */
export function save(path: string, result: ScenarioResult): void {
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ScenarioResult[]) : [];
  const results = [...before.filter(({ name }) => name !== result.name), result];
  results.sort((a, b) => (a.name < b.name ? -1 : 1));
  writeFileSync(path, `[${results.map(scenarioJson).join(",")}]\n`);
}

/** One line per figure and per bar, so that diffs between two runs are readable. */
function scenarioJson({ figures, bars, ...head }: ScenarioResult): string {
  const lines = (items: readonly object[]) => items.map((item) => `\n${JSON.stringify(item)}`).join(",");
  return `\n${JSON.stringify(head).slice(0, -1)},"figures":[${lines(figures)}\n],"bars":[${lines(bars)}\n]}`;
}

import { readable } from "./report.js";
import type { BarResult, Figure, ScenarioResult } from "./result.js";

/** `<!-- bench:join -->` … `<!-- /bench -->` */
const MARKED = /(<!-- bench:(\S+) -->\n)[\s\S]*?(<!-- \/bench -->)/g;

/**
 * Fills figures in between the markers of a document: those of the scenario that a marker names, or for
 * `machine` the machines on which the scenarios were measured.
 */
export function fillDocument(document: string, results: readonly ScenarioResult[]): string {
  return document.replace(MARKED, (_all, begin: string, name: string, end: string) => {
    const result = results.find((one) => one.name === name);
    const figures =
      name === "machine"
        ? machines(results)
        : result
          ? tables(result)
          : `Not measured yet: \`npm run bench -- ${name}\`.`;
    return `${begin}\n${figures}\n\n${end}`;
  });
}

/** The scenarios of each machine and day. */
function machines(results: readonly ScenarioResult[]): string {
  const by = new Map<string, string[]>();
  for (const { name, machine, node, date, rounds } of results) {
    const where = `${machine}, Node ${node}, ${date}, medians of ${rounds} rounds`;
    by.set(where, [...(by.get(where) ?? []), name]);
  }
  return [...by].map(([where, names]) => `- ${where}: ${names.join(", ")}`).join("\n");
}

/** A table for each case, with a line for each variant, and the targets below. */
function tables({ figures, bars }: ScenarioResult): string {
  const parts = unique(figures.map((figure) => figure.case)).map((name) =>
    caseTable(
      name,
      figures.filter((figure) => figure.case === name),
    ),
  );
  if (bars.length > 0) parts.push(bars.map(barLine).join("\n"));
  return parts.join("\n\n");
}

function caseTable(name: string, figures: readonly Figure[]): string {
  const metrics = unique(figures.map(({ metric }) => metric));
  const head = metrics.map((metric) => {
    const unit = figures.find((figure) => figure.metric === metric)?.unit;
    return unit ? `${metric} (${unit})` : metric;
  });
  const rows = unique(figures.map(({ variant }) => variant)).map((variant) => [
    variant,
    ...metrics.map((metric) => {
      const figure = figures.find((one) => one.variant === variant && one.metric === metric);
      return figure ? readable(figure.median) : "";
    }),
  ]);
  return padded([name, ...head], rows);
}

/** A Markdown table in the style of the formatter: columns of equal width, numbers aligned to the right. */
function padded(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]?.length ?? 0)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(" | ")} |`;
  const rule = widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

const barLine = ({ text, target, better, value, reached }: BarResult) => {
  const sign = better === "less" ? "≤" : "≥";
  return `- ${reached ? "Reached" : "**Not reached**"}: ${text}: ${readable(value)} (${sign} ${target})`;
};

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

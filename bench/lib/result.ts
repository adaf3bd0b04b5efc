import { cpus, type as osType, release, totalmem } from "node:os";
import { median } from "../../gates/lib/gate.js";
import type { At, Bar, Lookup } from "./bench.js";

/** One metric of one variant in one case. */
export interface Figure extends At {
  readonly median: number;
  /** The figure of each round. */
  readonly rounds: readonly number[];
}

/** A bar, and whether it was reached. */
export interface BarResult {
  readonly text: string;
  readonly target: number;
  readonly better: "less" | "more";
  readonly value: number;
  readonly reached: boolean;
}

/** The result of a scenario, as bench/results.json stores it. */
export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly machine: string;
  /** Version of Node. */
  readonly node: string;
  /** `2026-01-31` */
  readonly date: string;
  /** Rounds of which the medians are taken. */
  readonly rounds: number;
  readonly figures: readonly Figure[];
  readonly bars: readonly BarResult[];
}

/** Collects the figures of a scenario in the order of their first appearance. */
export class Result {
  readonly #noted = new Map<string, { at: At; values: number[] }>();
  readonly #bars: Bar[] = [];

  note(at: At, value: number): void {
    const key = keyOf(at.case, at.variant, at.metric);
    const noted = this.#noted.get(key);
    if (noted) noted.values.push(value);
    else this.#noted.set(key, { at, values: [value] });
  }

  bar(bar: Bar): void {
    this.#bars.push(bar);
  }

  readonly of: Lookup = (case_, variant, metric) =>
    median(this.#noted.get(keyOf(case_, variant, metric))?.values ?? []);

  end(scenario: { name: string; title: string }, rounds: number): ScenarioResult {
    return {
      name: scenario.name,
      title: scenario.title,
      machine: machine(),
      node: process.version,
      date: new Date().toISOString().slice(0, 10),
      rounds,
      figures: [...this.#noted.values()].map(({ at, values }) => ({
        ...at,
        median: short(median(values)),
        rounds: values.map(short),
      })),
      bars: this.#bars.map(({ text, target, better, value }) => {
        const found = value(this.of);
        return {
          text,
          target,
          better,
          value: short(found),
          // NaN, where nothing was measured, reaches no target.
          reached: better === "less" ? found <= target : found >= target,
        };
      }),
    };
  }
}

const keyOf = (...names: string[]) => JSON.stringify(names);

/** Four digits are as exact as a measurement. */
const short = (value: number) => Number(value.toPrecision(4));

/** `AMD EPYC 7R13, 2 cores, 8 GB, Linux 6.1` */
function machine(): string {
  const cores = cpus();
  const gigabytes = Math.round(totalmem() / 1e9);
  const kernel = release().split(".").slice(0, 2).join(".");
  const model = cores[0]?.model.trim() || process.arch;
  return `${model}, ${cores.length} cores, ${gigabytes} GB, ${osType()} ${kernel}`;
}

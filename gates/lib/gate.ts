import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The result of a gate. */
export interface Verdict {
  /** The figure, in one line. */
  readonly figure: string;
  /** One text for each missed target. */
  readonly misses: readonly string[];
}

/** What a gate needs for its run. */
export interface Bench {
  /** Makes a directory, which is deleted when the gate ends. */
  directory(): string;
  /** Registers work for the end of the gate. The last one registered runs first. */
  undo(work: () => unknown): void;
}

/** Misses that are printed: the first ones suffice to find a cause. */
const SHOWN = 10;

/**
 * Runs a gate, prints its figure in one line, tidies up, and ends the process: with 1 if a target is missed.
 */
export async function gate(name: string, run: (bench: Bench) => Promise<Verdict>): Promise<never> {
  const undone: (() => unknown)[] = [];
  const bench: Bench = {
    directory() {
      const directory = mkdtempSync(join(tmpdir(), `driftdb-${name}-`));
      undone.push(() => rmSync(directory, { recursive: true, force: true }));
      return directory;
    },
    undo: (work) => undone.push(work),
  };
  const tidy = async () => {
    for (const work of undone.splice(0).reverse()) await work();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void tidy().finally(() => process.exit(1)));
  }
  const start = performance.now();
  let code = 1;
  try {
    const { figure, misses } = await run(bench);
    const took = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${name}: ${misses.length === 0 ? "passed" : "MISSED"}: ${figure} (${took} s)`);
    for (const miss of misses.slice(0, SHOWN)) console.log(`  ${miss}`);
    if (misses.length > SHOWN) console.log(`  and ${misses.length - SHOWN} more`);
    code = misses.length === 0 ? 0 : 1;
  } catch (error) {
    console.log(`${name}: FAILED:`, error);
  }
  await tidy();
  process.exit(code);
}

/**
 * Waits until a condition holds.
 *
 * @param most milliseconds after which to give up.
 * @returns whether the condition held in time.
 */
export async function eventually(holds: () => boolean, most: number, every = 10): Promise<boolean> {
  const end = performance.now() + most;
  while (!holds()) {
    if (performance.now() >= end) return false;
    await delay(every);
  }
  return true;
}

/**
 * @throws {Error} when `ulimit -n` allows this process and its children fewer than `count` open files and
 * sockets.
 */
export function needFiles(count: number): void {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files: { soft: number | string } };
  };
  const most = Number(userLimits?.open_files.soft ?? Number.NaN);
  if (most < count)
    throw new Error(
      `this needs ${count} open files, and only ${most} are allowed: raise the limit with ulimit -n`,
    );
}

/** A number from `from` up to, but not including, `to`. */
export const between = (from: number, to: number): number => from + Math.random() * (to - from);

/** One of the choices, at random. */
export const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(between(0, choices.length))] as T;

/** The smallest of the numbers that is at least as large as this share of them: 0.5 is the median. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

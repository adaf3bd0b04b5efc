import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** What a gate found. */
export interface Verdict {
  /** The figure, in one line. */
  readonly figure: string;
  /** Every way in which it misses its target; none if it does not. */
  readonly misses: readonly string[];
}

/** What a gate is given to work with. */
export interface Bench {
  /** A new directory, which is gone when the gate has ended. */
  directory(): string;
  /** Has something undone when the gate has ended: what was begun last is undone first. */
  undo(work: () => unknown): void;
}

/** How many misses are printed: one of them is enough to look for its cause. */
const SHOWN = 10;

/** Runs a gate, prints its figure in one line, tidies up, and ends the process: with 1 if a target is missed. */
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
 * Waits until something is so.
 *
 * @param most milliseconds after which it is given up.
 * @returns whether it came to be so.
 */
export async function eventually(holds: () => boolean, most: number, every = 10): Promise<boolean> {
  const end = performance.now() + most;
  while (!holds()) {
    if (performance.now() >= end) return false;
    await delay(every);
  }
  return true;
}

/** @throws {Error} if this process, and those that it starts, may not have so many files and sockets open. */
export function needFiles(count: number): void {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files: { soft: number | string } };
  };
  const most = Number(userLimits?.open_files.soft ?? Number.NaN);
  if (most < count)
    throw new Error(`only ${most} files may be open, ${count} are needed: raise it with ulimit -n`);
}

/** A number from `from` up to, but not including, `to`. */
export const between = (from: number, to: number): number => from + Math.random() * (to - from);

/** One of these. */
export const oneOf = <T>(choices: readonly T[]): T => choices[Math.floor(between(0, choices.length))] as T;

/** The value that this share of the numbers is at or below. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

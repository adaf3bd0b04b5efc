import { parentPort, workerData } from "node:worker_threads";
import { type Report, Simulation } from "./simulation.js";

/** The schedules that a worker runs: `seed`, `seed + every` … below `end`. */
export interface Task {
  readonly seed: number;
  readonly end: number;
  readonly every: number;
}

/**
 * A report of a worker: the counts of the schedules since its last report, or the seed and text of a
 * violation.
 */
export type Word =
  | { readonly schedules: number; readonly sum: Omit<Report, "seed"> }
  | { readonly seed: number; readonly violation: string };

/** Schedules between two reports. */
const WORD = 20;

/** Runs schedules, up to the first violation. */
async function work({ seed: first, end, every }: Task, say: (word: Word) => void): Promise<void> {
  let sum: Record<string, number> = {};
  let schedules = 0;
  const tell = () => {
    if (schedules > 0) say({ schedules, sum: sum as unknown as Omit<Report, "seed"> });
    sum = {};
    schedules = 0;
  };
  for (let seed = first; seed < end; seed += every) {
    try {
      const { seed: _, ...counts } = await new Simulation(seed).run();
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
      schedules++;
    } catch (error) {
      tell();
      say({ seed, violation: (error as Error).message });
      return;
    }
    if (schedules >= WORD) tell();
  }
  tell();
}

await work(workerData as Task, (word) => parentPort?.postMessage(word));

import { Worker } from "node:worker_threads";

/**
 * Runs schedules in several threads, until all are done or one finds a violation.
 *
 * @param module The bundled simulation.
 * @param progress Called with the number of finished schedules.
 * @returns The number of finished schedules, the sums of their counts, and at most one violation per thread.
 */
export async function runSchedules({ module, seed, schedules, workers, progress = () => {} }) {
  const sum = {};
  const violations = [];
  let done = 0;
  const threads = [];
  const run = (index) =>
    new Promise((resolve, reject) => {
      const workerData = { seed: seed + index, end: seed + schedules, every: workers };
      const thread = new Worker(module, { workerData });
      threads.push(thread);
      thread.on("message", (word) => {
        if (word.violation) {
          violations.push(word);
          done++;
          for (const other of threads) other.terminate();
          return;
        }
        done += word.schedules;
        for (const [name, count] of Object.entries(word.sum)) sum[name] = (sum[name] ?? 0) + count;
        progress(done);
      });
      thread.once("error", reject);
      thread.once("exit", resolve);
    });
  await Promise.all(Array.from({ length: workers }, (_, index) => run(index)));
  return { done, sum, violations: violations.sort((a, b) => a.seed - b.seed) };
}

import type { MigrationProgress, OnProgress } from "../engine/local/sqlite/migrate-file.js";

/** The fraction of the work after which `showProgress` writes the next line. */
const STEP = 0.1;

/** Prints the progress of long work: one line for each tenth of it, and for each new message. */
export function showProgress(write: (line: string) => void): OnProgress {
  let last: MigrationProgress | undefined;
  return (progress) => {
    const { message, fraction } = progress;
    if (last?.message === message && fraction - last.fraction < STEP && fraction < 1) return;
    if (last?.message === message && last.fraction === fraction) return;
    last = progress;
    write(`${message}: ${Math.floor(fraction * 100)} %\n`);
  };
}

import { comparesBefore } from "../variants.js";
import type { Bench } from "./bench.js";

/** What a change may cost, in proportion to the checkout before it. */
const MOST = 1.05;

/** Adds a bar that compares one figure with the older checkout, if the run has one. */
export function barBefore(
  bench: Bench,
  name: string,
  metric: string,
  now = "driftdb session",
  before = "driftdb before",
): void {
  if (!comparesBefore) return;
  bench.bar({
    text: `${now}: ${metric}, ${name}, of the checkout before`,
    target: MOST,
    better: "less",
    value: (of) => of(name, now, metric) / of(name, before, metric),
  });
}

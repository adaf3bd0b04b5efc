import { Program } from "../../gates/lib/program.js";
import { ask } from "../lib/ask.js";
import { inRounds, type Scenario } from "../lib/bench.js";
import type { ReactOrder, ReactReport } from "../pages/react.js";

const VARIANTS = ["driftdb", "bare store", "zustand"] as const;
const NAMES: Record<(typeof VARIANTS)[number], string> = {
  driftdb: "DriftDB, useSharedState",
  "bare store": "useSyncExternalStore on a bare store",
  zustand: "zustand",
};

/** Figures are of one `round` of a case: an update, or a burst. */
const CASES: readonly (Omit<ReactOrder, "variant"> & { readonly name: string; readonly rounds: number })[] = [
  {
    name: "1,000 keys: an update of one of them",
    components: 1_000,
    keys: 1_000,
    updates: 500,
    perEvent: 1,
    updatedKeys: 1,
    rounds: 500,
  },
  {
    name: "1,000 keys: an update of each, in one turn",
    components: 1_000,
    keys: 1_000,
    updates: 1_000,
    perEvent: 1_000,
    updatedKeys: 1_000,
    rounds: 1,
  },
  {
    name: "one key: an update that 1,000 components show",
    components: 1_000,
    keys: 1,
    updates: 50,
    perEvent: 1,
    updatedKeys: 1,
    rounds: 50,
  },
  {
    name: "10,000 messages of one key in one turn",
    components: 1_000,
    keys: 1_000,
    updates: 10_000,
    perEvent: 10_000,
    updatedKeys: 1,
    rounds: 1,
  },
  {
    name: "10,000 messages of one key, each an event of its own",
    components: 1_000,
    keys: 1_000,
    updates: 10_000,
    perEvent: 1,
    updatedKeys: 1,
    rounds: 1,
  },
];

export default {
  name: "react",
  title: "React in Chromium: 1,000 components that show shared values",
  async run(bench) {
    const programs = new Map<string, Program>();
    for (const variant of VARIANTS) {
      const program = new Program("load-page", ["react"]);
      bench.undo(() => program.kill());
      programs.set(variant, program);
    }
    const cases = bench.quick ? CASES.slice(0, 2) : CASES;
    for (const { name, rounds, ...order } of cases) {
      bench.say(name);
      await inRounds(bench, VARIANTS, async (variant, note) => {
        const program = programs.get(variant) as Program;
        const order_: ReactOrder = { ...order, variant };
        const { took, renders, longest, frame } = await ask<ReactReport>(program, order_);
        const at = { case: name, variant: NAMES[variant] };
        note({ ...at, metric: "time", unit: "ms" }, took / rounds);
        note({ ...at, metric: "renders", unit: "" }, renders / rounds);
        note({ ...at, metric: "longest block", unit: "ms" }, longest);
        note({ ...at, metric: "longest time between frames", unit: "ms" }, frame);
      });
    }
  },
} satisfies Scenario;

import { Program } from "../../gates/lib/program.js";
import { ask } from "../lib/ask.js";
import { inRounds, type Scenario } from "../lib/bench.js";
import type { ReducerOrder, ReducerReport } from "../load/reducer.js";

const SIZES = [
  { name: "state of 1 kB", records: 1 },
  { name: "state of 100 kB", records: 100 },
  { name: "state of 1 MB", records: 1_000 },
] as const;
const BEYOND = "per action, beyond the reducer";
const TOTAL = "all actions";

export default {
  name: "reducer",
  title: "Reducer: 10,000 actions, without a network",
  async run(bench) {
    const actions = bench.quick ? 1_000 : 10_000;
    const program = new Program("load-reducer");
    bench.undo(() => program.kill());
    const measure = (order: Omit<ReducerOrder, "actions">) =>
      ask<ReducerReport>(program, { ...order, actions } satisfies ReducerOrder);

    const own = "own actions, dispatched and confirmed, 100 a turn";
    const atOnce = `own actions, dispatched and confirmed, ${actions} in one turn`;
    bench.say("own actions");
    await inRounds(bench, SIZES, async ({ name, records }, note) => {
      for (const [case_, perTurn] of [
        [own, 100],
        [atOnce, actions],
      ] as const) {
        const { client, bare, longest, compaction } = await measure({ whose: "own", records, perTurn });
        const at = { case: case_, variant: name };
        note({ ...at, metric: BEYOND, unit: "µs" }, ((client - bare) * 1e3) / actions);
        note({ ...at, metric: "the reducer", unit: "µs" }, (bare * 1e3) / actions);
        note({ ...at, metric: "longest block", unit: "ms" }, longest);
        note({ ...at, metric: "one compaction", unit: "ms" }, compaction);
      }
    });

    const remote = "another client's actions, each replaces one of 1,000 records of 1 kB";
    bench.say("remote actions");
    const turns = [
      { name: "DriftDB, 100 a turn", perTurn: 100 },
      { name: "DriftDB, all in one turn", perTurn: actions },
    ] as const;
    await inRounds(bench, turns, async ({ name, perTurn }, note) => {
      const { client, bare, longest } = await measure({ whose: "remote", records: 1_000, perTurn });
      note({ case: remote, variant: name, metric: TOTAL, unit: "ms" }, client);
      note({ case: remote, variant: name, metric: BEYOND, unit: "µs" }, ((client - bare) * 1e3) / actions);
      note({ case: remote, variant: name, metric: "longest block", unit: "ms" }, longest);
      note({ case: remote, variant: "the reducer by itself", metric: TOTAL, unit: "ms" }, bare);
    });

    bench.bar({
      text: "an own action on 1 MB, beside one on 1 kB, beyond the reducer",
      target: 1.2,
      better: "less",
      value: (of) => of(own, SIZES[2].name, BEYOND) / of(own, SIZES[0].name, BEYOND),
    });
    for (const { name } of turns) {
      bench.bar({
        text: `${actions} remote actions on 1 MB, beside the bare reducer calls (${name})`,
        target: 2,
        better: "less",
        value: (of) => of(remote, name, TOTAL) / of(remote, "the reducer by itself", TOTAL),
      });
    }
  },
} satisfies Scenario;

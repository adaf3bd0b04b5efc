/** A measurement of several variants side by side: the default export of a file in bench/scenarios. */
export interface Scenario {
  /** The name of its file. */
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<void>;
}

/** The place of a figure in the results. */
export interface At {
  /** The task that every variant gets, such as `50 subscribers, 100 B, window 64`. */
  readonly case: string;
  readonly variant: string;
  readonly metric: string;
  readonly unit: string;
}

/** Looks up a median; NaN where none was noted. */
export type Lookup = (case_: string, variant: string, metric: string) => number;

/** A target, and the value that is compared with it after the run. */
export interface Bar {
  readonly text: string;
  readonly target: number;
  /** `less`: the value must be at most the target. `more`: at least. */
  readonly better: "less" | "more";
  value(of: Lookup): number;
}

/** What a scenario needs for its run. */
export interface Bench {
  /** Makes a directory, which is deleted when the scenario ends. */
  directory(): string;
  /** Registers work for the end of the scenario. The last one registered runs first. */
  undo(work: () => unknown): void;
  /** Rounds that count. One round before them warms up. */
  readonly rounds: number;
  /** Whether to run few and small cases, as a test of the scenario itself. */
  readonly quick: boolean;
  /** Notes the figure of one round for one variant in one case. */
  note(at: At, value: number): void;
  bar(bar: Bar): void;
  say(progress: string): void;
}

/** `note` in the round that warms up. */
const forget: Bench["note"] = () => {};

/**
 * Measures every variant once per round. Each round begins with another variant, so that other work on the
 * machine affects all of them equally. The first round warms up, and its figures are dropped.
 *
 * @param measure receives the `note` of this round, and whether the round warms up.
 */
export async function inRounds<Variant>(
  bench: Bench,
  variants: readonly Variant[],
  measure: (variant: Variant, note: Bench["note"], warmsUp: boolean) => Promise<void>,
): Promise<void> {
  const order = [...variants];
  for (let round = 0; round <= bench.rounds; round++) {
    // The first round that counts keeps the order of the table.
    if (round > 1) order.push(order.shift() as Variant);
    for (const variant of order) {
      await measure(variant, round === 0 ? forget : (at, value) => bench.note(at, value), round === 0);
    }
  }
}

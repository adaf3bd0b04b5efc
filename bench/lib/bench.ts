/** Something that is measured for several variants side by side; the default export of a file in bench/scenarios. */
export interface Scenario {
  /** As its file is named. */
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<void>;
}

/** What a figure is of. */
export interface At {
  /** What is asked of every variant, such as `50 subscribers, 100 B, window 64`. */
  readonly case: string;
  readonly variant: string;
  readonly metric: string;
  readonly unit: string;
}

/** Looks a median up; NaN where nothing was noted. */
export type Lookup = (case_: string, variant: string, metric: string) => number;

/** A target, and what is compared with it after the run. */
export interface Bar {
  readonly text: string;
  readonly target: number;
  /** Whether the value must be at most the target, or at least. */
  readonly better: "less" | "more";
  value(of: Lookup): number;
}

/** What a scenario is given to work with. */
export interface Bench {
  /** A new directory, which is gone when the scenario has ended. */
  directory(): string;
  /** Has something undone when the scenario has ended: what was begun last is undone first. */
  undo(work: () => unknown): void;
  /** How many rounds count; one before them warms up. */
  readonly rounds: number;
  /** Few, small cases, to see that it works. */
  readonly quick: boolean;
  /** Notes one round's figure of one variant in one case. */
  note(at: At, value: number): void;
  bar(bar: Bar): void;
  say(progress: string): void;
}

/** `note` of a round that does not count. */
const forget: Bench["note"] = () => {};

/**
 * Measures every variant once a round, and begins each round with another one, so that whatever else the machine does
 * meets all of them alike. The first round warms up: what it notes is forgotten.
 *
 * @param measure given `note` of this round, and whether it warms up.
 */
export async function inRounds<Variant>(
  bench: Bench,
  variants: readonly Variant[],
  measure: (variant: Variant, note: Bench["note"], warmsUp: boolean) => Promise<void>,
): Promise<void> {
  const order = [...variants];
  for (let round = 0; round <= bench.rounds; round++) {
    // The first round that counts has them in the order of the table.
    if (round > 1) order.push(order.shift() as Variant);
    for (const variant of order) {
      await measure(variant, round === 0 ? forget : (at, value) => bench.note(at, value), round === 0);
    }
  }
}

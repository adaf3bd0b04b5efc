import { expect, test } from "vitest";
import { Simulation } from "./simulation.js";

/** Milliseconds. The time of a schedule differs widely between machines. */
const LIMIT = 600_000;

test("the same seed is the same run", async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    expect(await new Simulation(seed).run()).toEqual(await new Simulation(seed).run());
  }
});

test("a bug that a rare schedule once found stays fixed", async () => {
  // The answer to an earlier release was taken for that of the next one, whose hold then stayed after a cut.
  expect((await new Simulation(4_002_304).run()).releases).toBeGreaterThan(0);
});

test(
  "I1–I14 hold in 5,000 schedules of cuts, crashes, full disks and reloads",
  async () => {
    const { setTimeout, setInterval, setImmediate } = globalThis;
    const { random } = Math;
    let [cuts, crashes, compactions, reloads, holds, releases] = [0, 0, 0, 0, 0, 0];
    let [entries, again, startedOver] = [0, 0, 0];
    for (let seed = 1; seed <= 5_000; seed++) {
      const report = await new Simulation(seed).run();
      cuts += report.cuts;
      crashes += report.crashes;
      compactions += report.compactions;
      reloads += report.reloads;
      holds += report.holds;
      releases += report.releases;
      entries += report.entries;
      again += report.again;
      startedOver += report.startedOver;
      // Vitest receives reports of this worker only between macrotasks.
      if (seed % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    // A simulation without events would find nothing.
    expect(cuts).toBeGreaterThan(20_000);
    expect(crashes).toBeGreaterThan(5_000);
    expect(compactions).toBeGreaterThan(10_000);
    expect(reloads).toBeGreaterThan(2_000);
    expect(holds).toBeGreaterThan(50_000);
    expect(releases).toBeGreaterThan(20_000);
    expect(entries).toBeGreaterThan(200_000);
    expect(again).toBeGreaterThan(20_000);
    expect(startedOver).toBeGreaterThan(200);
    expect(globalThis).toMatchObject({ setTimeout, setInterval, setImmediate });
    expect(Math.random).toBe(random);
  },
  LIMIT,
);

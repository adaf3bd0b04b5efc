// Gate "cost": the price of the protocol's rules. Acknowledged appends per second, compared with a server
// without rules that writes the same rows as durably.
import type { SliceOrder } from "./children/appenders.js";
import { APPENDED_TO, type AppendedTo, Appends } from "./lib/appends.js";
import { gate, median } from "./lib/gate.js";

/**
 * Every round measures each variant briefly, so that other work on the machine affects all of them equally.
 * Many more rounds would fill the room (64 MiB).
 */
const ROUNDS = Number(process.env.ROUNDS ?? 6);
const CLIENTS = 50;
const SLICE: SliceOrder = { inFlight: 16, warmUp: 200, measured: 1_000 };
const LEAST_RATIO = 0.7;

gate("cost", async (bench) => {
  const appends = new Map<AppendedTo, Appends>();
  for (const variant of APPENDED_TO) appends.set(variant, await Appends.start(bench, variant, CLIENTS));
  const rates: Record<AppendedTo, number[]> = { driftdb: [], "same rows": [], "messages only": [] };
  const costs: typeof rates = { driftdb: [], "same rows": [], "messages only": [] };
  // Round 0 warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    // Each round begins with another variant.
    const order = APPENDED_TO.map((_, i) => APPENDED_TO[(i + round) % APPENDED_TO.length] as AppendedTo);
    for (const variant of order) {
      const { rate, cpu } = await (appends.get(variant) as Appends).slice(SLICE);
      if (round === 0) continue;
      rates[variant].push(rate);
      costs[variant].push(cpu);
    }
  }
  const of = (variant: AppendedTo) => median(rates[variant]);
  const ratio = (variant: AppendedTo) => of("driftdb") / of(variant);
  const against = (variant: AppendedTo) =>
    `${ratio(variant).toFixed(2)} × that of a bare server (${variant}, ${of(variant).toFixed(0)}/s)`;
  const cpu = (variant: AppendedTo) => median(costs[variant]).toFixed(1);
  return {
    figure:
      `${of("driftdb").toFixed(0)} acknowledged appends/s of ${CLIENTS} clients, ${against("same rows")} ` +
      `(≥ ${LEAST_RATIO}), ${against("messages only")}; ` +
      `processor time of the server per append ${APPENDED_TO.map(cpu).join(", ")} µs; ` +
      `medians of ${ROUNDS} rounds`,
    misses: ratio("same rows") >= LEAST_RATIO ? [] : ["DriftDB is too slow beside the bare server"],
  };
});

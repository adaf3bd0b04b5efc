import { APPENDED_TO, Appends, type Store } from "../../gates/lib/appends.js";
import { barBefore } from "../lib/before.js";
import { inRounds, type Scenario } from "../lib/bench.js";
import { comparesBefore } from "../variants.js";

const CASES = [
  // The longest slices that a room of 64 MiB and keys of 10,000 messages allow.
  {
    name: "50 clients, 16 in flight each",
    clients: 50,
    slice: { inFlight: 16, warmUp: 200, measured: 1_000 },
  },
  { name: "1 client, 1 in flight", clients: 1, slice: { inFlight: 1, warmUp: 100, measured: 500 } },
] as const;

/** Slices. */
const WARM_UP = 8;

const NAMES: Record<Store, string> = {
  driftdb: "DriftDB",
  "same rows": "bare ws, same rows",
  "messages only": "bare ws, messages only",
  "driftdb before": "driftdb before",
};

const TO: readonly Store[] = comparesBefore ? ["driftdb before", ...APPENDED_TO] : APPENDED_TO;

export default {
  name: "durable",
  title: "Durable appends: on the disk before they are acknowledged",
  async run(bench) {
    for (const { name, clients, slice } of CASES) {
      bench.say(name);
      const appends = new Map<Store, Appends>();
      for (const to of TO) appends.set(to, await Appends.start(bench, to, clients));
      await inRounds(bench, TO, async (to, note, warmsUp) => {
        const server = appends.get(to) as Appends;
        // With a single client, V8 needs more time to compile the hot code.
        const more = warmsUp && clients === 1 && !bench.quick ? WARM_UP : 0;
        for (let i = 0; i < more; i++) await server.slice(slice);
        const { rate, p50, p99, cpu } = await server.slice(slice);
        const at = { case: name, variant: NAMES[to] };
        note({ ...at, metric: "acknowledged", unit: "/s" }, rate);
        note({ ...at, metric: "round trip p50", unit: "ms" }, p50);
        note({ ...at, metric: "round trip p99", unit: "ms" }, p99);
        note({ ...at, metric: "server CPU per append", unit: "µs" }, cpu);
      });
      for (const each of appends.values()) await each.stop();
      barBefore(bench, name, "server CPU per append", NAMES.driftdb);
    }
    const [many, one] = CASES;
    bench.bar({
      text: "50 clients: appends/s, beside a bare server that writes the same rows",
      target: 0.8,
      better: "more",
      value: (of) =>
        of(many.name, NAMES.driftdb, "acknowledged") / of(many.name, NAMES["same rows"], "acknowledged"),
    });
    bench.bar({
      text: "1 client: median round trip, beside a bare server that writes the same rows",
      target: 1.3,
      better: "less",
      value: (of) =>
        of(one.name, NAMES.driftdb, "round trip p50") / of(one.name, NAMES["same rows"], "round trip p50"),
    });
  },
} satisfies Scenario;

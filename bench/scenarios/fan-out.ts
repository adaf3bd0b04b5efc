import { Program, Server } from "../../gates/lib/program.js";
import { barBefore } from "../lib/before.js";
import { type Bench, inRounds, type Lookup, type Scenario } from "../lib/bench.js";
import type { SliceOrder, SliceReport } from "../lib/windows.js";
import type { FanOutOrder } from "../load/fan-out.js";
import { compared, comparesBefore, type Variant, variants } from "../variants.js";

interface Case {
  readonly subscribers: number;
  readonly bytes: number;
  readonly window: number;
  /** Whether only variants with `grows` take part. */
  readonly grows?: boolean;
}

const nameOf = ({ subscribers, bytes, window }: Case) => {
  const noun = subscribers === 1 ? "subscriber" : "subscribers";
  return `${subscribers.toLocaleString("en")} ${noun}, ${bytes} B, window ${window}`;
};

const BASE: Case = { subscribers: 50, bytes: 100, window: 64 };
const ALONE: Case = { ...BASE, window: 1 };
const MANY: Case = { ...BASE, subscribers: 500, window: 16, grows: true };

/** Cases around a base case. The full product of sizes, windows and counts would show little more. */
const CASES: readonly Case[] = [
  BASE,
  ALONE,
  { ...BASE, bytes: 4_096 },
  MANY,
  ...[1, 10, 100, 1_000].map((subscribers) => ({ ...BASE, subscribers, grows: true })),
];

/** Milliseconds. /proc counts in steps of 10 ms, which are 2 % of this. */
const SLICE = 500;
/** Milliseconds until V8 has compiled the hot code, which counts as processor time of the server too. */
const WARM_UP = 2_000;
const QUICK_SLICE = 150;

const CPU = "server CPU per delivery";
const RATE = "deliveries";
const LOST = "lost";
const P99 = "p99 to the last";

/** Starts the servers and loads of a case. @returns them, connected. */
async function start(bench: Bench, of: Case, among: readonly Variant[]) {
  const programs = new Map<Variant, { server: Program; load: Program }>();
  bench.undo(() => stop(programs));
  for (const variant of among) {
    const args = variant.args(() => bench.directory());
    const server = await Server.start(args, { name: variant.program });
    const load = new Program("load-fan-out");
    programs.set(variant, { server: server.program, load });
    const connected = load.next();
    const { subscribers, bytes, window } = of;
    load.tell({
      variant: variant.name,
      server: server.url,
      subscribers,
      bytes,
      window,
    } satisfies FanOutOrder);
    await connected;
  }
  return programs;
}

async function stop(programs: Map<Variant, { server: Program; load: Program }>): Promise<void> {
  for (const { server, load } of programs.values()) await Promise.all([load.kill(), server.kill()]);
  programs.clear();
}

async function measure(bench: Bench, of: Case): Promise<void> {
  const name = nameOf(of);
  bench.say(name);
  const among = compared(variants.filter(({ grows }) => grows || !of.grows));
  const programs = await start(bench, of, among);
  const lost = new Map<Variant, number>();
  await inRounds(bench, among, async (variant, note, warmsUp) => {
    const { server, load } = programs.get(variant) as { server: Program; load: Program };
    const before = server.cpu;
    const answer = load.next();
    // The round that warms up checks every delivery, which takes the load longer.
    const time = bench.quick ? QUICK_SLICE : warmsUp ? WARM_UP : SLICE;
    load.tell({ time, checks: warmsUp } satisfies SliceOrder);
    const report = (await answer) as SliceReport;
    const cpu = server.cpu - before;
    const { deliveries, seconds } = report;
    const at = (metric: string, unit: string) => ({ case: name, variant: variant.name, metric, unit });
    lost.set(variant, (lost.get(variant) ?? 0) + report.lost);
    note(at(CPU, "µs"), (cpu * 1e6) / deliveries);
    note(at(RATE, "/s"), deliveries / seconds);
    note(at("p50 to the last", "ms"), report.p50);
    note(at(P99, "ms"), report.p99);
    note(at("on the wire per delivery", "B"), report.bytes / deliveries);
    note(at("server busy", "%"), (cpu / seconds) * 100);
    note(at("load busy", "%"), report.busy * 100);
  });
  for (const [variant, count] of lost) {
    bench.note({ case: name, variant: variant.name, metric: LOST, unit: "" }, count);
  }
  await stop(programs);
}

/** A metric of one variant as a multiple of another one. */
const ratio = (of: Case, metric: string, variant: string, other: string) => (look: Lookup) =>
  look(nameOf(of), variant, metric) / look(nameOf(of), other, metric);

function bars(bench: Bench): void {
  for (const variant of ["driftdb session", "driftdb plain"]) {
    const bar = (of: Case, metric: string, other: string, better: "less" | "more", target: number) =>
      bench.bar({
        text: `${variant}: ${metric}, ${nameOf(of)}, of ${other}'s`,
        target,
        better,
        value: ratio(of, metric, variant, other),
      });
    bar(BASE, CPU, "bare", "less", 0.3);
    bar(BASE, CPU, "floor", "less", 1.5);
    bar(BASE, RATE, "bare", "more", 3);
    bar(BASE, RATE, "Socket.IO", "more", 5);
    bar(ALONE, CPU, "bare", "less", 1);
    bar(ALONE, P99, "bare", "less", 1);
    bar(MANY, CPU, "bare", "less", 0.35);
    if (variant === "driftdb session") barAlone(bench);
    bench.bar({
      text: `${variant}: lost, in all cases`,
      target: 0,
      better: "less",
      value: (look) => Math.max(...cases(bench).map((of) => look(nameOf(of), variant, LOST))),
    });
  }
}

/** One message at a time: what the floor takes, too, is the time of the operating system. */
function barAlone(bench: Bench): void {
  bench.bar({
    text: `driftdb session: ${P99}, ${nameOf(ALONE)}, of floor's`,
    target: 1.05,
    better: "less",
    value: ratio(ALONE, P99, "driftdb session", "floor"),
  });
}

const cases = ({ quick }: Bench) => (quick ? CASES.filter(({ subscribers }) => subscribers <= 50) : CASES);

const scenario: Scenario = {
  name: "fan-out",
  title: "Fan-out: one sends, many listen; nothing is kept",
  async run(bench) {
    for (const of of cases(bench)) {
      await measure(bench, of);
      barBefore(bench, nameOf(of), CPU);
    }
    if (!comparesBefore) bars(bench);
    else barAlone(bench);
  },
};
export default scenario;

import { Program, Server } from "../../gates/lib/program.js";
import { barBefore } from "../lib/before.js";
import { inRounds, type Scenario } from "../lib/bench.js";
import type { SliceOrder, SliceReport } from "../lib/windows.js";
import type { RoomsOrder } from "../load/rooms.js";
import { compared, variantOf } from "../variants.js";

/** The variants that have rooms, and loop over the clients of one. */
const VARIANTS = compared(["driftdb session", "driftdb plain", "bare", "floor", "Socket.IO"].map(variantOf));

const CLIENTS = 5;
const BYTES = 100;
const WINDOW = 64;

/** Milliseconds. /proc counts in steps of 10 ms, which are 1 % of this. */
const SLICE = 1_000;
const QUICK_SLICE = 200;

const scenario: Scenario = {
  name: "rooms",
  title: "Many rooms of a few clients, each of which is sent a message in turn; nothing is kept",
  async run(bench) {
    const rooms = bench.quick ? 50 : 1_000;
    const name = `${rooms.toLocaleString("en")} rooms × ${CLIENTS} clients, ${BYTES} B, window ${WINDOW}`;
    const programs = new Map<string, { server: Program; load: Program }>();
    const lost = new Map<string, number>();
    for (const variant of VARIANTS) {
      bench.say(`${variant.name} connects`);
      const args = variant.args(() => bench.directory());
      const { program: server, url } = await Server.start(args, { name: variant.program });
      const load = new Program("load-rooms");
      bench.undo(() => Promise.all([load.kill(), server.kill()]));
      programs.set(variant.name, { server, load });
      const connected = load.next();
      const order: RoomsOrder = {
        variant: variant.name,
        server: url,
        rooms,
        clients: CLIENTS,
        bytes: BYTES,
        window: WINDOW,
      };
      load.tell(order);
      await connected;
    }
    bench.say(name);
    await inRounds(bench, VARIANTS, async (variant, note, warmsUp) => {
      const { server, load } = programs.get(variant.name) as { server: Program; load: Program };
      const before = server.cpu;
      const answer = load.next();
      load.tell({ time: bench.quick ? QUICK_SLICE : SLICE, checks: warmsUp } satisfies SliceOrder);
      const report = (await answer) as SliceReport;
      const cpu = server.cpu - before;
      const { deliveries, seconds } = report;
      const at = (metric: string, unit: string) => ({ case: name, variant: variant.name, metric, unit });
      lost.set(variant.name, (lost.get(variant.name) ?? 0) + report.lost);
      note(at("server CPU per delivery", "µs"), (cpu * 1e6) / deliveries);
      note(at("deliveries", "/s"), deliveries / seconds);
      note(at("p50 to the last", "ms"), report.p50);
      note(at("p99 to the last", "ms"), report.p99);
      note(at("on the wire per delivery", "B"), report.bytes / deliveries);
      note(at("server busy", "%"), (cpu / seconds) * 100);
      note(at("load busy", "%"), report.busy * 100);
    });
    for (const [variant, count] of lost) bench.note({ case: name, variant, metric: "lost", unit: "" }, count);
    bench.bar({
      text: `driftdb session: server CPU per delivery, ${name}, of bare's`,
      target: 0.95,
      better: "less",
      value: (of) =>
        of(name, "driftdb session", "server CPU per delivery") / of(name, "bare", "server CPU per delivery"),
    });
    barBefore(bench, name, "server CPU per delivery");
  },
};
export default scenario;

import { setTimeout as delay } from "node:timers/promises";
import { needFiles } from "../../gates/lib/gate.js";
import { Program, Server } from "../../gates/lib/program.js";
import { ask } from "../lib/ask.js";
import { type Bench, inRounds, type Scenario } from "../lib/bench.js";
import type { IdleOrder } from "../load/idle.js";
import type { Meters } from "../load/meter.js";
import { type Variant, variantOf } from "../variants.js";

const VARIANTS = ["driftdb session", "driftdb plain", "bare", "Socket.IO"].map(variantOf);

/** Connections of each room. */
const PER_ROOM = 100;

/** Open files of a process besides its connections. */
const OTHERS = 500;

/** Memory counts as settled when it changes by less than this share between two looks. */
const SETTLED = 0.002;
const MOMENT = 100;
const MOST_READINGS = 50;

const LIVE = "memory of a connection";

const read = (server: Program) => ask<Meters>(server, {});

/** The memory in use once it has settled. */
async function settled(server: Program): Promise<Meters> {
  let last = await read(server);
  for (let i = 0; i < MOST_READINGS; i++) {
    await delay(MOMENT);
    const now = await read(server);
    if (Math.abs(now.live - last.live) <= SETTLED * last.live) return now;
    last = now;
  }
  return last;
}

/** Connects to a new server. @returns bytes per connection. */
async function measure(bench: Bench, variant: Variant, connections: number): Promise<Meters> {
  const meter = new URL("./load-meter.mjs", import.meta.url).href;
  const { program: server, url } = await Server.start(
    variant.args(() => bench.directory()),
    { name: variant.program, node: ["--expose-gc", "--import", meter] },
  );
  const load = new Program("load-idle");
  // The server ends first, so that its side of the connections stays in TIME_WAIT.
  const stop = () => server.kill().then(() => load.kill());
  bench.undo(stop);
  const before = await settled(server);
  const connected = load.next();
  const rooms = Math.ceil(connections / PER_ROOM);
  load.tell({ variant: variant.name, server: url, connections, rooms } satisfies IdleOrder);
  await connected;
  const after = await settled(server);
  await stop();
  return {
    live: (after.live - before.live) / connections,
    rss: (after.rss - before.rss) / connections,
  };
}

const scenario: Scenario = {
  name: "idle",
  title: "Idle connections: what each takes of the server's memory",
  async run(bench) {
    const connections = bench.quick ? 2_000 : 10_000;
    needFiles(connections + OTHERS);
    const name = `${connections.toLocaleString("en")} connections, ${PER_ROOM} of a room`;
    await inRounds(bench, VARIANTS, async (variant, note, warmsUp) => {
      // Every round has a new server, so there is nothing to warm up.
      if (warmsUp) return;
      bench.say(variant.name);
      const { live, rss } = await measure(bench, variant, connections);
      const at = (metric: string) => ({ case: name, variant: variant.name, metric, unit: "kB" });
      note(at(LIVE), live / 1_000);
      note(at("resident, garbage included"), rss / 1_000);
    });
    bench.bar({
      text: "driftdb session: memory of a connection, of bare's",
      target: 1.5,
      better: "less",
      value: (of) => of(name, "driftdb session", LIVE) / of(name, "bare", LIVE),
    });
  },
};
export default scenario;

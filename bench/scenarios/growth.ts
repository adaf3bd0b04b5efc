import { Appends } from "../../gates/lib/appends.js";
import { Program, Server } from "../../gates/lib/program.js";
import { newRoom, socketUrl } from "../../gates/lib/room.js";
import { ask } from "../lib/ask.js";
import type { Bench, Scenario } from "../lib/bench.js";
import { meter } from "../lib/meter.js";
import type { SliceOrder, SliceReport } from "../lib/windows.js";
import type { FanOutOrder } from "../load/fan-out.js";
import type { FillOrder, JoinOrder, JoinReport } from "../load/join.js";
import type { RoomsOrder } from "../load/rooms.js";

const SESSION = "driftdb session";
const BYTES = 100;
const SLICE = 500;
const APPENDED = 5_000;
const FEWEST = 900;
const WARM = 20_000;
const JOINS = 5;
/** Messages of the key that a client joins, in a room of many keys. */
const JOINED = 100;
const CPU = "server CPU per delivery";
const APPEND = "server CPU per append";
const MEMORY = "memory each";
const LIVE = "live memory each";
const LIMIT = "one process";

/**
 * Sizes run one after the other: they compare processor time, which depends little on other work of the
 * machine.
 */
export default {
  name: "growth",
  title: "Growth: what ten, a hundred and a thousand times as much costs",
  async run(bench) {
    const sizes = (...all: number[]) => (bench.quick ? all.slice(0, 2) : all);
    const delivered = new Map<number, Delivered[]>();
    for (const size of sizes(1, 10, 100, 1_000, 5_000)) delivered.set(size, await subscribers(bench, size));
    for (const size of sizes(10, 100, 1_000, 10_000)) await rooms(bench, size);
    await streams(bench, "keys", sizes(1, 10, 100, 1_000, 10_000));
    await streams(bench, "retained messages", sizes(100, 1_000, 10_000, 100_000));
    for (const { deliveries, seconds, cpu } of delivered.get(1_000) ?? []) {
      const at = { case: LIMIT, variant: "deliveries of 100 B to 1,000 subscribers" };
      bench.note({ ...at, metric: "measured", unit: "/s" }, deliveries / seconds);
      bench.note({ ...at, metric: "server busy", unit: "%" }, cpu / seconds / 1e4);
      bench.note({ ...at, metric: "with its core full", unit: "/s" }, (deliveries * 1e6) / cpu);
    }
    await appends(bench);
  },
} satisfies Scenario;

const label = (size: number) => size.toLocaleString("en");

async function startServer(bench: Bench, args: readonly string[] = []): Promise<Server> {
  const server = await Server.start(args, { name: "server-driftdb", node: ["--expose-gc"] });
  bench.undo(() => server.program.kill());
  return server;
}

function startLoad(bench: Bench, name: string): Program {
  const load = new Program(name);
  bench.undo(() => load.kill());
  return load;
}

/** Deliveries in a time, and the processor time of the server for them in µs. */
interface Delivered {
  readonly deliveries: number;
  readonly seconds: number;
  readonly cpu: number;
}

/** @returns the deliveries of each round. */
async function subscribers(bench: Bench, size: number): Promise<Delivered[]> {
  const case_ = "subscribers of one room";
  bench.say(`${label(size)} ${case_}`);
  const server = await startServer(bench);
  const load = startLoad(bench, "load-fan-out");
  const before = await meter(server, "weigh");
  const order = {
    variant: SESSION,
    server: server.url,
    subscribers: size,
    bytes: BYTES,
    window: 16,
  };
  await ask(load, order satisfies FanOutOrder);
  const connected = await meter(server, "weigh");
  const at = { case: case_, variant: label(size) };
  const each = (kind: "rss" | "live") => (connected[kind] - before[kind]) / (size + 1) / 1_024;
  // With few connections, the fluctuation of the process would dominate.
  if (size >= 100) {
    bench.note({ ...at, metric: MEMORY, unit: "KiB" }, each("rss"));
    bench.note({ ...at, metric: LIVE, unit: "KiB" }, each("live"));
  }
  const delivered: Delivered[] = [];
  for (let round = 0; round <= bench.rounds; round++) {
    const start = (await meter(server, "look")).cpu;
    const slice = { time: SLICE, checks: false } satisfies SliceOrder;
    const { deliveries, seconds } = await ask<SliceReport>(load, slice);
    const cpu = (await meter(server, "look")).cpu - start;
    if (round === 0) continue;
    bench.note({ ...at, metric: CPU, unit: "µs" }, cpu / deliveries);
    bench.note({ ...at, metric: "deliveries", unit: "/s" }, deliveries / seconds);
    delivered.push({ deliveries, seconds, cpu });
  }
  await Promise.all([load.kill(), server.program.kill()]);
  return delivered;
}

async function rooms(bench: Bench, size: number): Promise<void> {
  const case_ = "rooms with one session each";
  bench.say(`${label(size)} ${case_}`);
  const server = await startServer(bench, ["--data", bench.directory()]);
  const load = startLoad(bench, "load-rooms");
  const before = await meter(server, "weigh");
  const order = { variant: SESSION, server: server.url, rooms: size, clients: 1, bytes: BYTES };
  await ask(load, { ...order, window: Math.min(size, 64) } satisfies RoomsOrder);
  const connected = await meter(server, "weigh");
  const at = { case: case_, variant: label(size) };
  if (size >= 100) {
    bench.note({ ...at, metric: MEMORY, unit: "KiB" }, (connected.rss - before.rss) / size / 1_024);
    bench.note({ ...at, metric: LIVE, unit: "KiB" }, (connected.live - before.live) / size / 1_024);
  }
  for (let round = 0; round <= bench.rounds; round++) {
    const start = (await meter(server, "look")).cpu;
    const slice = { time: SLICE, checks: false } satisfies SliceOrder;
    const { deliveries } = await ask<SliceReport>(load, slice);
    const cpu = (await meter(server, "look")).cpu - start;
    if (round > 0) bench.note({ ...at, metric: CPU, unit: "µs" }, cpu / deliveries);
  }
  await Promise.all([load.kill(), server.program.kill()]);
}

/** Measures a room that grows: in the number of keys, or of messages of one key. */
async function streams(
  bench: Bench,
  what: "keys" | "retained messages",
  sizes: readonly number[],
): Promise<void> {
  const case_ = what === "keys" ? "keys of one room" : "retained messages of one key";
  const server = await startServer(bench, ["--data", bench.directory()]);
  const load = startLoad(bench, "load-join");
  const address = async () => socketUrl(server.url, await newRoom(server.url));
  const warm = await address();
  const room = await address();
  const fill = async (where: string, fill: number, keys: number, key = "key") => {
    const start = (await meter(server, "look")).cpu;
    await ask(load, { address: where, fill, keys, key, bytes: BYTES } satisfies FillOrder);
    return ((await meter(server, "look")).cpu - start) / fill;
  };
  await fill(warm, WARM, 1);
  // In a room of many keys, clients join one key of constant size.
  const joined = what === "keys" ? "other" : "key";
  if (what === "keys") await fill(room, JOINED, 1, joined);
  const start = await meter(server, "weigh");
  let retained = 0;
  let besides = 0;
  for (const size of sizes) {
    bench.say(`${label(size)} ${case_}`);
    const at = { case: case_, variant: label(size) };
    const keys = what === "keys" ? size : 1;
    // For messages, the appends that lead to the size are measured.
    const more = what === "keys" ? Math.max(size, APPENDED) : size - retained;
    // The same number for each size, because the figure includes the cost of connecting.
    const measured = what === "keys" ? APPENDED : FEWEST;
    if (more > measured) await fill(room, more - measured, keys);
    // Warms up, because the joins of the size before have let the code go cold.
    await fill(warm, APPENDED, 1);
    besides += APPENDED;
    const cpu = await fill(room, Math.min(more, measured), keys);
    if (more >= measured) bench.note({ ...at, metric: APPEND, unit: "µs" }, cpu);
    retained += more;
    if (retained >= 1_000) {
      const { live } = await meter(server, "weigh");
      bench.note(
        { ...at, metric: "live memory of a message", unit: "B" },
        (live - start.live) / (retained + besides),
      );
    }
    const order: JoinOrder = {
      address: room,
      speaks: "session",
      key: `${joined} 0`,
      messages: retained,
      bytes: BYTES,
    };
    for (let join = 0; join <= JOINS; join++) {
      const { took, bytes } = await ask<JoinReport>(load, order);
      if (join === 0) continue;
      bench.note({ ...at, metric: "joined after", unit: "ms" }, took);
      bench.note({ ...at, metric: "bytes of a join", unit: "kB" }, bytes / 1e3);
    }
  }
  await Promise.all([load.kill(), server.program.kill()]);
}

async function appends(bench: Bench): Promise<void> {
  bench.say("durable appends, as many as it takes");
  const appending = await Appends.start(bench, "driftdb", 50);
  for (let round = 0; round <= bench.rounds; round++) {
    const { rate, cpu } = await appending.slice({ inFlight: 64, warmUp: 200, measured: 800 });
    if (round === 0) continue;
    // Appends wait for the disk, so the core is never full.
    const at = { case: LIMIT, variant: "durable appends of 100 B, 50 clients" };
    bench.note({ ...at, metric: "measured", unit: "/s" }, rate);
    bench.note({ ...at, metric: "server busy", unit: "%" }, (cpu * rate) / 1e4);
  }
  await appending.stop();
}

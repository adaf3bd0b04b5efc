// What the protocol's rules cost: acknowledged appends a second, beside a server that writes the same rows as durably and
// has no rules.
import type { AppendersOrder, SliceOrder, SliceReport } from "./children/appenders.js";
import { gate, median } from "./lib/gate.js";
import { Program, Server } from "./lib/program.js";
import { newRoom, socketUrl } from "./lib/room.js";

/**
 * Each measures every variant for a moment, so that whatever else the machine does meets all of them alike. With many
 * more, the room would be full (64 MiB).
 */
const ROUNDS = Number(process.env.ROUNDS ?? 6);
const CLIENTS = 50;
const SLICE: SliceOrder = { inFlight: 16, warmUp: 200, measured: 1_000 };
const LEAST_RATIO = 0.7;

/** DriftDB; a bare server that writes its rows, that of the sender's session included; and one that writes messages. */
const VARIANTS = ["driftdb", "same rows", "messages only"] as const;
type Variant = (typeof VARIANTS)[number];

gate("cost", async (bench) => {
  async function start(variant: Variant): Promise<[server: Program, clients: Program]> {
    const data = ["--data", bench.directory()];
    const driftdb = variant === "driftdb";
    const options = variant === "same rows" ? [...data, "--sessions"] : data;
    const server = driftdb
      ? await Server.start([...data, "--no-limits"])
      : await Server.start(options, { name: "bare-server" });
    const clients = new Program("appenders");
    bench.undo(() => Promise.all([server.program.kill(), clients.kill()]));
    const address = driftdb
      ? socketUrl(server.url, await newRoom(server.url))
      : server.url.replace("http", "ws");
    const connected = clients.next();
    clients.tell({ address, sessions: driftdb, clients: CLIENTS } satisfies AppendersOrder);
    await connected;
    return [server.program, clients];
  }

  const programs = new Map<Variant, [server: Program, clients: Program]>();
  for (const variant of VARIANTS) programs.set(variant, await start(variant));
  const rates: Record<Variant, number[]> = { driftdb: [], "same rows": [], "messages only": [] };
  const costs: typeof rates = { driftdb: [], "same rows": [], "messages only": [] };
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    // Nobody always comes first.
    const order = VARIANTS.map((_, i) => VARIANTS[(i + round) % VARIANTS.length] as Variant);
    for (const variant of order) {
      const [server, clients] = programs.get(variant) as [Program, Program];
      const before = server.cpu;
      const report = clients.next();
      clients.tell(SLICE);
      const { rate, answered } = (await report) as SliceReport;
      if (round === 0) continue;
      rates[variant].push(rate);
      costs[variant].push(((server.cpu - before) * 1e6) / answered);
    }
  }
  const of = (variant: Variant) => median(rates[variant]);
  const ratio = (variant: Variant) => of("driftdb") / of(variant);
  const against = (variant: Variant) =>
    `${ratio(variant).toFixed(2)} × that of a bare server (${variant}, ${of(variant).toFixed(0)}/s)`;
  const cpu = (variant: Variant) => median(costs[variant]).toFixed(1);
  return {
    figure:
      `${of("driftdb").toFixed(0)} acknowledged appends/s of ${CLIENTS} clients, ${against("same rows")} ` +
      `(≥ ${LEAST_RATIO}), ${against("messages only")}; ` +
      `processor time of the server per append ${VARIANTS.map(cpu).join(", ")} µs; medians of ${ROUNDS} rounds`,
    misses: ratio("same rows") >= LEAST_RATIO ? [] : ["it costs too much"],
  };
});

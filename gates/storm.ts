// Gate "storm": a server with many clients is killed and restarted, and all of them reconnect at the same
// time.
import { setTimeout as delay } from "node:timers/promises";
import type { CrowdOrder, CrowdReport } from "./children/crowd.js";
import { eventually, gate, needFiles, quantile } from "./lib/gate.js";
import { Program, Server } from "./lib/program.js";
import { newClient, newRoom, socketUrl } from "./lib/room.js";

const CLIENTS = Number(process.env.CLIENTS ?? 5_000);
const PROCESSES = 4;
const ROOMS = 100;
/** Milliseconds between two round trips of the bystander. */
const PAUSE = 5;
/** Milliseconds that the server is away, its start not counted. */
const AWAY = 500;
const MOST_SECONDS = 30;
const MOST_P99 = 250;

gate("storm", async (bench) => {
  // Besides its sockets, the server has few open files.
  needFiles(CLIENTS + 100);
  const data = bench.directory();
  let server = await Server.start(["--data", data, "--no-limits"]);
  bench.undo(() => server.program.kill());
  const { url, port } = server;
  const addresses: string[] = [];
  for (let i = 0; i < ROOMS; i++) {
    const address = socketUrl(url, await newRoom(url));
    addresses.push(address);
    const db = newClient();
    await db.connect(address);
    await db.send({
      type: "push",
      key: "key",
      value: "something to come back to",
      action: { type: "append" },
    });
    db.disconnect();
  }
  const bystander = newClient();
  const own = socketUrl(url, await newRoom(url));
  await bystander.connect(own);

  const connected = new Array<number>(PROCESSES).fill(0);
  for (let i = 0; i < PROCESSES; i++) {
    const program = new Program("crowd");
    bench.undo(() => program.kill());
    program.listen((report) => {
      connected[i] = (report as CrowdReport).connected;
    });
    program.tell({ addresses, count: Math.ceil(CLIENTS / PROCESSES) } satisfies CrowdOrder);
  }
  const sum = () => connected.reduce((a, b) => a + b, 0);
  const all = PROCESSES * Math.ceil(CLIENTS / PROCESSES);
  if (!(await eventually(() => sum() === all, 60_000)))
    throw new Error(`only ${sum()} of ${all} could connect`);
  // After 5 s a connection counts as healthy: the next attempt has the shortest delay, and all come closer
  // together.
  await delay(5_500);

  await server.program.kill();
  if (!(await eventually(() => sum() === 0, 10_000)))
    throw new Error("clients still claim to be connected after the server was killed");
  await delay(AWAY);
  const start = performance.now();
  server = await Server.start(["--data", data, "--no-limits"], { port });
  const listening = (performance.now() - start) / 1_000;

  const misses: string[] = [];
  const trips: number[] = [];
  let storming = true;
  const measure = async () => {
    await bystander.connect(own);
    await eventually(() => bystander.status.connected, 10_000, 1);
    while (storming || trips.length < 100) {
      const sent = performance.now();
      await bystander.send({ type: "push", key: "key", value: trips.length, action: { type: "replace" } });
      trips.push(performance.now() - sent);
      await delay(PAUSE);
    }
  };
  const measured = measure();
  const back = await eventually(() => sum() === all, 60_000);
  const took = (performance.now() - start) / 1_000;
  storming = false;
  await measured;
  bystander.disconnect();

  const p99 = quantile(trips, 0.99);
  if (!back) misses.push(`only ${sum()} of ${all} clients reconnected within a minute`);
  if (took > MOST_SECONDS) misses.push("the last client reconnected too late");
  if (p99 > MOST_P99) misses.push("the bystander waited too long");
  return {
    figure:
      `${sum()} of ${all} clients back ${took.toFixed(1)} s after the restart (≤ ${MOST_SECONDS} s; ` +
      `it listened after ${listening.toFixed(1)} s), a bystander's round trip p99 ${p99.toFixed(0)} ms ` +
      `(≤ ${MOST_P99} ms), most ${quantile(trips, 1).toFixed(0)} ms, of ${trips.length}`,
    misses,
  };
});

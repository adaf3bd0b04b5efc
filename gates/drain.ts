// Gate "drain": SIGTERM to a server with many open sockets, while clients append messages.
import { setTimeout as delay } from "node:timers/promises";
import type { DbConnection } from "driftdb";
import type { SocketsOrder, SocketsReport } from "./children/sockets.js";
import { between, eventually, gate, needFiles } from "./lib/gate.js";
import { Program, Server } from "./lib/program.js";
import { newClient, newRoom, post, retained, socketUrl } from "./lib/room.js";

const SOCKETS = Number(process.env.SOCKETS ?? 10_000);
const PROCESSES = 4;
const ROOMS = 100;
const SENDERS = 20;
const HTTP_SENDERS = 4;
/** Average milliseconds between two messages of a sender. */
const PAUSE = 50;
const MOST_SECONDS = 10;

gate("drain", async (bench) => {
  // Besides its sockets, the server has few open files.
  needFiles(SOCKETS + 100);
  const data = bench.directory();
  let server = await Server.start(["--data", data, "--no-limits"]);
  bench.undo(() => server.program.kill());
  const { url, port } = server;
  const rooms: string[] = [];
  while (rooms.length < ROOMS) rooms.push(await newRoom(url));
  const addresses = rooms.map((room) => socketUrl(url, room));

  const reports: SocketsReport[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const program = new Program("sockets");
    bench.undo(() => program.kill());
    program.listen((report) => {
      reports[i] = report as SocketsReport;
    });
    program.tell({ addresses, count: SOCKETS / PROCESSES } satisfies SocketsOrder);
  }
  const sum = () => reports.reduce((sum, { open }) => sum + open, 0);
  if (!(await eventually(() => sum() === SOCKETS, 90_000))) throw new Error(`only ${sum()} sockets opened`);

  const misses: string[] = [];
  let loading = true;
  /** The acknowledged values of each room and key with their seqs: 0 for HTTP, whose answers have none. */
  const acknowledged: { room: string; key: string; values: Map<number, number> }[] = [];
  const clients: DbConnection[] = [];
  const load: Promise<void>[] = [];
  for (let i = 0; i < SENDERS + HTTP_SENDERS; i++) {
    const room = rooms[i % ROOMS] as string;
    const key = `sender ${i}`;
    const values = new Map<number, number>();
    acknowledged.push({ room, key, values });
    const http = i >= SENDERS;
    const db = newClient();
    if (!http) {
      db.errorListener.addListener((error) => misses.push(error.message));
      clients.push(db);
      await db.connect(socketUrl(url, room));
    }
    const push = async (value: number) => {
      const message = { type: "push", key, value, action: { type: "append" } } as const;
      if (!http) return (await db.send(message)).seq;
      await post(`${url}room/${room}/send`, message);
      return 0;
    };
    const run = async () => {
      for (let n = 0; loading; n++) {
        push(n)
          .then((seq) => values.set(n, seq))
          .catch(() => {});
        await delay(between(0, 2 * PAUSE));
      }
    };
    load.push(run());
  }
  await delay(2_000);

  const start = performance.now();
  server.program.signal("SIGTERM");
  const gone = await eventually(() => server.program.hasEnded, 30_000, 1);
  const took = (performance.now() - start) / 1_000;
  const atEnd = acknowledged.reduce((sum, { values }) => sum + values.size, 0);
  // Clients keep sending while there is no server, and their messages wait.
  await delay(500);
  loading = false;
  await Promise.all(load);
  if (!gone) {
    misses.push("the process did not end");
    await server.program.kill();
  }

  server = await Server.start(["--data", data, "--no-limits"], { port });
  const settled = () => clients.every((db) => db.sync.getSnapshot().pending === 0);
  if (!(await eventually(settled, 30_000)))
    misses.push("clients did not reconnect and send the messages that waited");
  let lost = 0;
  let doubled = 0;
  for (const { room, key, values } of acknowledged) {
    const stored = await retained(url, room, key);
    const seqs = new Map(stored.map(({ value, seq }) => [value as number, seq]));
    doubled += stored.length - seqs.size;
    for (const [value, seq] of values) {
      if (!seqs.has(value)) lost++;
      else if (seq > 0 && seqs.get(value) !== seq)
        misses.push(`${key}: ${value} is stored with another seq than its ack named`);
    }
  }
  for (const db of clients) db.disconnect();

  await eventually(() => sum() === 0, 10_000);
  const codes: Record<number, number> = {};
  for (const { closed } of reports) {
    for (const [code, count] of Object.entries(closed)) {
      codes[Number(code)] = (codes[Number(code)] ?? 0) + count;
    }
  }
  const told = Object.entries(codes).map(([code, count]) => `${count} with ${code}`);
  if (took > MOST_SECONDS) misses.push("the process ended too late");
  if (lost + doubled > 0) misses.push("messages were lost or doubled");
  if (atEnd === 0) misses.push("there was no load");
  return {
    figure:
      `${SOCKETS} sockets closed (${told.join(", ")}), the process gone after ${took.toFixed(1)} s ` +
      `(≤ ${MOST_SECONDS} s), ${atEnd} acknowledged messages by then: ${lost} lost, ${doubled} doubled`,
    misses,
  };
});

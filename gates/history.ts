// Gate "history": records a run of real clients against a real server that is cut off and killed now and
// then. A checker then looks for anything that one total order does not explain.
import { setTimeout as delay } from "node:timers/promises";
import type { DbConnection } from "driftdb";
import { FaultProxy } from "driftdb-testkit";
import { between, eventually, gate, oneOf } from "./lib/gate.js";
import { check, type Given, type History, type Kind, type Operation } from "./lib/history.js";
import { Server } from "./lib/program.js";
import { newClient, newRoom, retained, socketUrl } from "./lib/room.js";

const OPERATIONS = Number(process.env.OPERATIONS ?? 1_000_000);
const ROOMS = 10;
const CLIENTS_PER_ROOM = 4;
const KEYS = Array.from({ length: 8 }, (_, i) => `key ${i}`);
/** Keys that a client listens to. */
const LISTENED = 4;
const IN_FLIGHT = 200;
const KILLS = 3;
/**
 * Least milliseconds between two cuts. Connections become healthy in between, so that retry delays stay
 * short.
 */
const CUT_PAUSE = 5_500;
/** Milliseconds between two reads. */
const READ_PAUSE = 20;

class Recorder {
  readonly history: History = { operations: [], views: [], reads: [] };
  readonly clients: DbConnection[] = [];
  readonly errors: string[] = [];

  constructor(
    readonly room: string,
    readonly server: string,
    /** The proxy of the first client. The others connect directly. */
    readonly proxy: FaultProxy,
  ) {
    for (let client = 0; client < CLIENTS_PER_ROOM; client++) {
      const db = newClient();
      db.errorListener.addListener((error) => this.errors.push(`${error.name}: ${error.message}`));
      for (const key of [...KEYS].sort(() => Math.random() - 0.5).slice(0, LISTENED)) {
        const given: Given[] = [];
        this.history.views.push({ client, key, given });
        const take = ({ value, seq }: { value: unknown; seq: number }) => {
          given.push({ operation: value as number, seq });
        };
        db.subscribe(key, take, undefined, { onReset: () => given.push(null) });
      }
      this.clients.push(db);
    }
  }

  /** Connects every client that is not connected, without waiting for its next attempt. */
  connect(): void {
    this.clients.forEach((db, i) => {
      db.connect(socketUrl(i === 0 ? this.proxy.url : this.server, this.room));
    });
  }

  /** Sends `count` messages through one client. */
  async load(client: number, count: number): Promise<void> {
    const db = this.clients[client] as DbConnection;
    const { operations } = this.history;
    let inFlight = 0;
    let wake = () => {};
    for (let i = 0; i < count; i++) {
      const chance = Math.random();
      const kind: Kind = chance < 0.01 ? "replace" : chance < 0.06 ? "relay" : "append";
      const key = oneOf(KEYS);
      const sent = performance.now();
      const operation: Operation = {
        client,
        key,
        kind,
        sent,
        acknowledged: Number.POSITIVE_INFINITY,
        seq: 0,
      };
      const value = operations.push(operation) - 1;
      const promise = db.send({ type: "push", key, value, action: { type: kind } });
      if (kind === "relay") continue;
      inFlight++;
      const settle = ({ seq }: { seq: number }) => {
        operation.seq = seq;
        operation.acknowledged = performance.now();
      };
      void promise
        .then(settle, () => {})
        .then(() => {
          inFlight--;
          wake();
        });
      while (inFlight >= IN_FLIGHT) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  async read(): Promise<void> {
    const key = oneOf(KEYS);
    const asked = performance.now();
    try {
      const found = await retained(this.server, this.room, key);
      const answered = performance.now();
      const items = found.map(({ value, seq }) => ({ operation: value as number, seq }));
      this.history.reads.push({ key, asked, answered, found: items });
    } catch {
      // The server is restarting.
    }
  }
}

gate("history", async (bench) => {
  const data = bench.directory();
  let server = await Server.start(["--data", data, "--no-limits"]);
  bench.undo(() => server.program.kill());
  const { url, port } = server;
  const proxy = await FaultProxy.start(url);
  const recorders: Recorder[] = [];
  while (recorders.length < ROOMS) recorders.push(new Recorder(await newRoom(url), url, proxy));
  for (const recorder of recorders) recorder.connect();

  let loading = true;
  const start = performance.now();
  const share = Math.ceil(OPERATIONS / ROOMS / CLIENTS_PER_ROOM);
  const load = Promise.all(
    recorders.flatMap((recorder) => recorder.clients.map((_, client) => recorder.load(client, share))),
  ).then(() => {
    loading = false;
  });
  const count = () => recorders.reduce((sum, { history }) => sum + history.operations.length, 0);

  let cuts = 0;
  const disturb = async () => {
    while (loading) {
      await delay(between(CUT_PAUSE, CUT_PAUSE + 2_000));
      if (proxy.connections === 0) continue;
      cuts += proxy.connections;
      if (Math.random() < 0.5) proxy.reset();
      else proxy.cutAfter(Math.floor(between(1, 50_000)), oneOf(["up", "down"]));
    }
  };
  const read = async () => {
    while (loading) {
      await oneOf(recorders).read();
      await delay(READ_PAUSE);
    }
  };
  let kills = 0;
  const kill = async () => {
    while (kills < KILLS) {
      await eventually(() => count() >= (OPERATIONS * (kills + 1)) / (KILLS + 1), 600_000);
      await server.program.kill();
      kills++;
      server = await Server.start(["--data", data, "--no-limits"], { port });
      for (const recorder of recorders) recorder.connect();
    }
  };
  await Promise.all([load, disturb(), read(), kill()]);
  const took = (performance.now() - start) / 1_000;

  for (const recorder of recorders) recorder.connect();
  const clients = recorders.flatMap((recorder) => recorder.clients);
  const rest = () => clients.every((db) => db.status.connected && db.sync.getSnapshot().pending === 0);
  const misses: string[] = [];
  if (!(await eventually(rest, 60_000))) misses.push("clients still had unacknowledged messages");
  await Promise.all(clients.map((db) => db.testLatency()));
  for (const recorder of recorders) for (let i = 0; i < 10; i++) await recorder.read();

  for (const { history, errors } of recorders) misses.push(...errors, ...check(history));
  const anomalies = misses.length;
  for (const db of clients) db.disconnect();

  // The checker must find planted anomalies, or its silence proves nothing.
  const sample = (recorders[0] as Recorder).history;
  const planted = Object.entries(PLANTED);
  let found = 0;
  for (const [name, plant] of planted) {
    if (check(plant(structuredClone(sample))).length > 0) found++;
    else misses.push(`the checker does not see ${name}`);
  }
  const reads = recorders.reduce((sum, { history }) => sum + history.reads.length, 0);
  const given = recorders.reduce(
    (sum, { history }) => history.views.reduce((sum, { given }) => sum + given.length, sum),
    0,
  );
  return {
    figure:
      `${count()} operations in ${took.toFixed(0)} s, ${given} deliveries and ${reads} reads, ` +
      `${cuts} cuts and ${kills} kills: ${anomalies} anomalies; ` +
      `${found} of ${planted.length} planted ones found`,
    misses,
  };
});

/** Each makes a history impossible in one way. */
const PLANTED: Record<string, (history: History) => History> = {
  "a lost message": ({ operations, views, reads }) => {
    for (const view of views) view.given.splice(middle(view.given), 1);
    return { operations, views, reads };
  },
  "a message delivered twice": ({ operations, views, reads }) => {
    const given = views[0]?.given ?? [];
    const at = middle(given);
    given.splice(at, 0, given[at] as Given);
    return { operations, views, reads };
  },
  "two messages swapped for one listener": ({ operations, views, reads }) => {
    const given = views[0]?.given ?? [];
    const at = middle(given);
    [given[at], given[at + 1]] = [given[at + 1] as Given, given[at] as Given];
    return { operations, views, reads };
  },
  "a seq used twice": ({ operations }) => {
    const [a, b] = operations.filter(({ kind }) => kind === "append");
    if (a && b) a.seq = b.seq;
    return { operations, views: [], reads: [] };
  },
  "an order that time contradicts": ({ operations }) => {
    const acknowledged = operations.filter(({ seq }) => seq > 0);
    const first = acknowledged[0];
    const last = acknowledged.at(-1);
    if (first && last) [first.seq, last.seq] = [last.seq, first.seq];
    return { operations, views: [], reads: [] };
  },
  "a message that was never acknowledged": ({ operations, views, reads }) => {
    const one = operations.find(({ kind }) => kind === "append");
    if (one) one.seq = 0;
    return { operations, views, reads };
  },
  "a stale read": ({ operations, reads }) => {
    const late = reads.map((read) => ({ ...read, found: read.found.slice(0, -1) }));
    return { operations, views: [], reads: late.filter(({ found }) => found.length > 0) };
  },
  "a read with a hole": ({ operations, reads }) => ({
    operations,
    views: [],
    reads: reads.map((read) => ({ ...read, found: read.found.filter((_, i) => i !== 1) })),
  }),
};

/** An index near the middle at which two deliveries follow each other. */
function middle(given: readonly Given[]): number {
  for (let i = Math.floor(given.length / 2); i < given.length - 2; i++) {
    if (given[i] && given[i + 1]) return i;
  }
  throw new Error("the recorded history is too short: raise OPERATIONS");
}

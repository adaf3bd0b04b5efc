// Gate "cuts": real clients reach a real server through proxies that break connections in every way a network
// can.
import { setTimeout as delay } from "node:timers/promises";
import { type DbConnection, Reducer } from "driftdb";
import { FaultProxy } from "driftdb-testkit";
import { between, eventually, gate, oneOf } from "./lib/gate.js";
import { Server } from "./lib/program.js";
import { newClient, newRoom, retained, socketUrl } from "./lib/room.js";

const CUTS = Number(process.env.CUTS ?? 1_000);
const ROOMS = 6;
const CLIENTS_PER_ROOM = 20;
/** Connections that fall silent in both directions, until the client gives up by itself (S11). */
const HALF_OPEN = Math.ceil(CUTS * 0.04);
/** Average milliseconds between two actions of a client. Each comes with a message. */
const PAUSE = 300;
/** Milliseconds that clients have, after the last fault, to reconnect and send the waiting messages. */
const RECOVERY = 90_000;

/** The newest action of each author, and how many actions were lost, doubled or swapped. */
interface State {
  readonly through: Readonly<Record<string, number>>;
  readonly wrong: number;
}

interface Action {
  readonly author: string;
  readonly n: number;
}

function fold({ through, wrong }: State, { author, n }: Action): State {
  const next = n === (through[author] ?? 0) + 1;
  return { through: { ...through, [author]: n }, wrong: wrong + (next ? 0 : 1) };
}

class Client {
  readonly db: DbConnection = newClient();
  readonly reducer: Reducer<State, Action>;
  readonly key: string;
  /** The seq of each acknowledged message. */
  readonly acknowledged = new Map<number, number>();
  readonly errors: Error[] = [];
  /** Values that the client received for its neighbour's key. */
  readonly seen: unknown[] = [];
  dispatched = 0;
  sent = 0;

  constructor(
    readonly proxy: FaultProxy,
    readonly room: string,
    readonly author: string,
    readonly neighbour: string,
  ) {
    this.key = `log ${author}`;
    const initialValue: State = { through: {}, wrong: 0 };
    this.db.errorListener.addListener((error) => this.errors.push(error));
    this.reducer = new Reducer({ db: this.db, key: "actions", reducer: fold, initialValue });
    this.reducer.subscribe();
    this.db.subscribe(`log ${neighbour}`, ({ value }) => this.seen.push(value));
    this.db.connect(socketUrl(proxy.url, room));
  }

  act(): void {
    this.reducer.dispatch({ author: this.author, n: ++this.dispatched });
    const n = ++this.sent;
    this.db
      .send({ type: "push", key: this.key, value: n, action: { type: "append" } })
      .then(({ seq }) => this.acknowledged.set(n, seq))
      .catch((error: Error) => this.errors.push(error));
  }

  get rests(): boolean {
    return this.db.status.connected && this.db.sync.getSnapshot().pending === 0;
  }
}

gate("cuts", async (bench) => {
  const server = await Server.start(["--data", bench.directory(), "--no-limits"]);
  bench.undo(() => server.program.kill());
  const clients: Client[] = [];
  for (let r = 0; r < ROOMS; r++) {
    const room = await newRoom(server.url);
    for (let c = 0; c < CLIENTS_PER_ROOM; c++) {
      const proxy = await FaultProxy.start(server.url);
      // Some clients are far away, and some receive everything in small pieces.
      if (c % 3 === 1) proxy.delay(between(5, 60), between(0, 60));
      if (c % 4 === 2) proxy.slice(oneOf([1, 10, 100]));
      clients.push(new Client(proxy, room, `c${c}`, `c${(c + 1) % CLIENTS_PER_ROOM}`));
    }
  }

  const counts: Record<string, number> = {};
  let cuts = 0;
  let halfOpen = 0;
  const faults: Record<string, (client: Client) => Promise<void>> = {
    reset: async ({ proxy }) => proxy.reset(),
    stall: async ({ proxy }) => {
      proxy.stall(oneOf(["up", "down", undefined]));
      await delay(between(20, 500));
      proxy.reset();
      proxy.resume();
    },
    slice: async ({ proxy }) => proxy.cutAfter(Math.floor(between(1, 400)), oneOf(["up", "down"])),
    late: async ({ proxy }) => {
      // The held bytes arrive late, at the server or at the client, and the cut follows them.
      proxy.stall(oneOf(["up", "down"]));
      await delay(between(20, 500));
      proxy.resume();
      proxy.cutAfter(Math.floor(between(0, 2_000)), oneOf(["up", "down"]));
    },
    halfOpen: async ({ proxy, db }) => {
      proxy.stall();
      await eventually(() => !db.status.connected, 35_000);
      // Some clients make their next attempt while the network is still silent.
      await delay(between(0, 1_000));
      proxy.resume();
    },
  };

  async function disturb(client: Client): Promise<void> {
    while (cuts < CUTS) {
      // Half of the cuts hit a connection while it opens, and each of those doubles the client's delay. The
      // others wait until the connection counts as healthy, which resets the delay.
      const early = Math.random() < 0.5;
      const { proxy, db } = client;
      await eventually(
        () => cuts >= CUTS || (early ? proxy.connections > 0 : db.status.connected),
        40_000,
        3,
      );
      await delay(early ? between(0, 30) : between(5_000, 6_000));
      if (cuts >= CUTS || proxy.connections === 0) continue;
      const kind =
        !early && halfOpen < HALF_OPEN && Math.random() < 0.3
          ? "halfOpen"
          : oneOf(["reset", "stall", "slice", "late"]);
      if (kind === "halfOpen") halfOpen++;
      cuts++;
      counts[kind] = (counts[kind] ?? 0) + 1;
      await faults[kind]?.(client);
    }
  }

  let loading = true;
  const load = clients.map(async (client) => {
    while (loading) {
      client.act();
      await delay(between(0, 2 * PAUSE));
    }
  });
  await Promise.all(clients.map(disturb));
  loading = false;
  await Promise.all(load);
  for (const { proxy } of clients) proxy.resume();

  const misses: string[] = [];
  if (!(await eventually(() => clients.every(({ rests }) => rests), RECOVERY))) {
    misses.push(`${clients.filter(({ rests }) => !rests).length} clients still had unacknowledged messages`);
  }
  // After one more round trip, every earlier broadcast has arrived.
  await Promise.all(clients.map(({ db }) => db.testLatency()));

  let lost = 0;
  let doubled = 0;
  for (const client of clients) {
    const { author, room, key, sent, acknowledged, errors, reducer, dispatched } = client;
    for (const error of errors) misses.push(`${author}: ${error.name}: ${error.message}`);
    const stored = await retained(server.url, room, key);
    const seqs = new Map(stored.map(({ value, seq }) => [value as number, seq]));
    doubled += stored.length - seqs.size;
    for (let n = 1; n <= sent; n++) if (!seqs.has(n)) lost++;
    for (const [n, seq] of acknowledged) {
      if (seqs.get(n) !== seq)
        misses.push(
          `${author}: message ${n} was acknowledged with seq ${seq}, and is stored with ${seqs.get(n)}`,
        );
    }
    if (stored.some(({ value }, i) => value !== i + 1))
      misses.push(`${author}: its messages are out of order`);

    const { through, wrong } = reducer.getSnapshot();
    if (wrong > 0) misses.push(`${author}: ${wrong} actions were lost, doubled or out of order`);
    for (const other of clients) {
      if (other.room !== room) continue;
      if (through[other.author] !== other.dispatched) {
        misses.push(
          `${author} has ${through[other.author]} of ${other.dispatched} actions of ${other.author}`,
        );
      }
    }
    const neighbour = clients.find((other) => other.room === room && other.author === client.neighbour);
    if (JSON.stringify(client.seen) !== JSON.stringify(upTo(neighbour?.sent ?? 0))) {
      misses.push(
        `${author}: its listener did not receive each message of ${neighbour?.author} once and in order`,
      );
    }
    if (dispatched === 0) misses.push(`${author} did nothing`);
  }
  for (const { db } of clients) db.disconnect();
  if (lost + doubled > 0) misses.push("messages were lost or doubled");
  const messages = clients.reduce((sum, { sent }) => sum + sent, 0);
  const actions = clients.reduce((sum, { dispatched }) => sum + dispatched, 0);
  const kinds = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return {
    figure:
      `${cuts} cuts (${kinds.join(", ")}) of ${clients.length} clients, ` +
      `${messages} messages and ${actions} actions: ${lost} lost, ${doubled} doubled`,
    misses,
  };
});

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

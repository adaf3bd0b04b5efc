// Gate "kills": kill -9 of the real server, under load from sessions and over HTTP, at random moments and at
// named points of the commit path.
import { setTimeout as delay } from "node:timers/promises";
import type { DbConnection } from "driftdb";
import type { Action } from "driftdb-protocol";
import { WebSocket } from "ws";
import type { Point } from "./children/mortal-server.js";
import { between, eventually, gate, oneOf } from "./lib/gate.js";
import { Server } from "./lib/program.js";
import { newClient, newRoom, post, retained, socketUrl } from "./lib/room.js";

const KILLS = Number(process.env.KILLS ?? 100);
const CLIENTS = 8;
const HTTP_SENDERS = 3;
const IN_FLIGHT = 8;
/** A key is used for this many lives of the server, so that it does not fill up. */
const LIVES_PER_KEY = 10;
/** Messages of one client in one life of the server, at most. */
const MOST = 400;
const POINTS: readonly Point[] = ["before commit", "in commit", "after commit", "in broadcast"];

const misses: string[] = [];
/** The value of each seq, over all lives of the server and all receivers (I2). */
const carried = new Map<number, string>();
let reused = 0;

function saw(seq: number, value: unknown): void {
  const text = String(value);
  if ((carried.get(seq) ?? text) !== text) {
    reused++;
    misses.push(`seq ${seq} had the value ${carried.get(seq)}, then ${text}`);
  }
  carried.set(seq, text);
}

/** A client that outlives every life of the server. */
class Client {
  readonly db: DbConnection = newClient("all");
  /** The messages of each key in order, and the seq of each acknowledged message. */
  readonly sent = new Map<string, string[]>();
  readonly acknowledged = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly url: string,
  ) {
    this.db.errorListener.addListener((error) => misses.push(`${name}: ${error.name}: ${error.message}`));
    this.db.messageListener.addListener((message) => {
      if (message.type === "push") saw(message.seq, message.value);
    });
    this.db.subscribe(`${name}, lives from 0`, ({ seq, value }) => saw(seq, value));
  }

  /** Appends, and sometimes relays, until the server ends. */
  async load(life: number, ended: () => boolean): Promise<void> {
    const key = `${this.name}, lives from ${life - (life % LIVES_PER_KEY)}`;
    const sent = this.sent.get(key) ?? [];
    this.sent.set(key, sent);
    let inFlight = 0;
    for (let i = 0; i < MOST && !ended(); i++) {
      if (i % 5 === 4) this.#push("relay", `${this.name}, life ${life}, relay ${i}`, { type: "relay" });
      const value = `${this.name}, life ${life}, message ${i}`;
      sent.push(value);
      inFlight++;
      this.#push(key, value, { type: "append" })
        .then(({ seq }) => {
          this.acknowledged.set(value, seq);
          saw(seq, value);
        })
        .catch(() => {})
        .finally(() => inFlight--);
      while (inFlight >= IN_FLIGHT && !ended()) await delay(1);
    }
  }

  #push(key: string, value: string, action: Action): Promise<{ seq: number }> {
    return this.db.send({ type: "push", key, value, action });
  }
}

gate("kills", async (bench) => {
  const data = bench.directory();
  let server = await Server.start(["--data", data, "--no-limits"]);
  bench.undo(() => server.program.kill());
  const { url, port } = server;
  const room = await newRoom(url);
  const address = socketUrl(url, room);
  const clients = Array.from({ length: CLIENTS }, (_, i) => new Client(`client ${i}`, address));
  const answered = new Map<string, string[]>();
  const deaths: Record<string, number> = {};

  for (let life = 0; life < KILLS; life++) {
    // Like an application that knows when to retry: connect() does not wait for the next attempt.
    for (const { db } of clients) db.connect(address);
    const up = () => clients.every(({ db }) => db.status.connected);
    const watcher = watch(address);
    const { program } = server;
    const ended = () => program.hasEnded;
    const loads = clients.map((client) => client.load(life, ended));
    const senders = Array.from({ length: HTTP_SENDERS }, (_, i) =>
      sendHttp(url, room, life, i, answered, ended),
    );
    if (program.output.includes("DriftDB")) {
      if (life % 8 < 6) await eventually(() => up() || ended(), 10_000, 1);
      await delay(between(0, 150));
      program.signal("SIGKILL");
    } else if (!(await eventually(ended, 20_000, 1))) {
      misses.push(`life ${life} did not reach its crash point`);
      program.signal("SIGKILL");
    }
    await program.ended;
    await Promise.all([...loads, ...senders, watcher]);

    const point = life + 1 < KILLS && life % 2 === 0 ? oneOf(POINTS) : undefined;
    const next = await start(data, port, point);
    server = next;
    const how = point ?? "random";
    if (life + 1 < KILLS) deaths[how] = (deaths[how] ?? 0) + 1;
  }
  deaths.random = (deaths.random ?? 0) + 1;

  for (const { db } of clients) db.connect(address);
  const rest = () => clients.every(({ db }) => db.sync.getSnapshot().pending === 0);
  if (!(await eventually(rest, 30_000))) misses.push("clients still had unacknowledged messages");

  let lost = 0;
  let doubled = 0;
  let acknowledged = 0;
  for (const client of clients) {
    acknowledged += client.acknowledged.size;
    for (const [key, sent] of client.sent) {
      const stored = await retained(url, room, key);
      const seqs = new Map(stored.map(({ value, seq }) => [value as string, seq]));
      doubled += stored.length - seqs.size;
      for (const value of sent) {
        const seq = seqs.get(value);
        if (seq === undefined) lost++;
        else if (client.acknowledged.get(value) !== seq)
          misses.push(`${value} is stored with another seq than its ack named`);
      }
      if (stored.some(({ value }, i) => value !== sent[i])) misses.push(`${key}: out of order`);
      for (const { seq, value } of stored) saw(seq, value);
    }
  }
  let answers = 0;
  for (const [key, values] of answered) {
    const stored = (await retained(url, room, key)).map(({ value }) => value as string);
    const present = new Set(stored);
    doubled += stored.length - present.size;
    lost += values.filter((value) => !present.has(value)).length;
    answers += values.length;
  }
  for (const { db } of clients) db.disconnect();
  if (lost > 0 || doubled > 0) misses.push("messages were lost or doubled");
  if (acknowledged === 0 || answers === 0) misses.push("there was no load");
  const kinds = Object.entries(deaths).map(([point, count]) => `${count} ${point}`);
  return {
    figure:
      `${KILLS} kills (${kinds.join(", ")}), ${acknowledged} acknowledged and ${answers} answered ` +
      `messages: ${lost} lost, ${doubled} doubled; ${carried.size} seqs seen, ${reused} reused`,
    misses,
  };
});

function start(data: string, port: number, point?: Point): Promise<Server> {
  if (!point) return Server.start(["--data", data, "--no-limits"], { port });
  const at = String(Math.ceil(between(0, 60)));
  return Server.start(["--data", data, "--point", point, "--at", at], { port, name: "mortal-server" });
}

/** Appends over HTTP, one message after the other, until the server ends. */
async function sendHttp(
  url: string,
  room: string,
  life: number,
  sender: number,
  answered: Map<string, string[]>,
  ended: () => boolean,
): Promise<void> {
  const key = `http ${sender}, lives from ${life - (life % LIVES_PER_KEY)}`;
  const values = answered.get(key) ?? [];
  answered.set(key, values);
  for (let n = 0; n < MOST && !ended(); n++) {
    const value = `http ${sender}, life ${life}, message ${n}`;
    try {
      await post(`${url}room/${room}/send`, { type: "push", key, value, action: { type: "append" } });
      values.push(value);
    } catch {
      // The server may have stored this message or not.
      await delay(5);
    }
  }
}

/** A plain connection receives every broadcast until the server ends (P2). */
function watch(address: string): Promise<void> {
  const socket = new WebSocket(address);
  socket.on("message", (data) => {
    const { type, seq, value } = JSON.parse(data.toString()) as { type: string; seq: number; value: unknown };
    if (type === "push") saw(seq, value);
  });
  socket.on("error", () => {});
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

// Lightweight clients in one process, for a server that writes messages to disk. They connect to `address`.
// For each order that follows, every client appends to a new key for a while, with `inFlight` messages
// unanswered at a time. The process counts the answers.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";
import { quantile } from "../lib/gate.js";

export interface AppendersOrder {
  readonly address: string;
  /** Whether the server speaks sessions, and so acknowledges. Other servers send each message back. */
  readonly sessions: boolean;
  readonly clients: number;
}

export interface SliceOrder {
  readonly inFlight: number;
  /** Milliseconds that are not counted, and then milliseconds that are. */
  readonly warmUp: number;
  readonly measured: number;
}

/**
 * The answer to a slice. The answer to the first order is empty, and comes when all clients are connected.
 */
export interface SliceReport {
  /** Messages answered per second. */
  readonly rate: number;
  /** Milliseconds from a message to its answer: the median, and the 99th percentile. */
  readonly p50: number;
  readonly p99: number;
  /** Messages answered in the whole slice. */
  readonly answered: number;
}

const VALUE = { apply: { type: "move", x: 123, y: 456, id: "a shape among others" }, i: "an author", m: 1 };
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let sessions = false;
let slice = 0;
let loading = false;
let answered = 0;
let unanswered = 0;
let trips: number[] = [];
const clients: Client[] = [];

class Client {
  readonly socket: WebSocket;
  #key = "";
  #n = 0;
  /** The sending times of unanswered messages, oldest first. */
  readonly #sent: number[] = [];

  constructor(
    address: string,
    readonly index: number,
  ) {
    const cid = randomBytes(16).toString("base64url");
    this.socket = new WebSocket(`${address}?v=2&cid=${cid}`, { perMessageDeflate: false });
    this.socket.on("message", (data) => {
      const message = JSON.parse(data.toString()) as { type: string; acks?: unknown[] };
      // A refused message would never be answered.
      if (message.type === "error") throw new Error(data.toString());
      const count = sessions ? (message.type === "ack" ? (message.acks?.length ?? 0) : 0) : 1;
      const now = performance.now();
      for (const sent of this.#sent.splice(0, count)) trips.push(now - sent);
      answered += count;
      unanswered -= count;
      if (loading) this.push(count);
    });
    this.socket.once("close", () => process.exit(1));
    this.socket.on("error", (error) => console.error(error.message));
  }

  begin(inFlight: number): void {
    this.#key = `slice ${slice}, key ${this.index}`;
    if (sessions) this.socket.send(JSON.stringify({ type: "get", key: this.#key, seq: 0 }));
    this.push(inFlight);
  }

  push(count: number): void {
    for (let i = 0; i < count; i++) {
      const message = {
        type: "push",
        key: this.#key,
        value: VALUE,
        action: { type: "append" },
        n: ++this.#n,
      };
      this.#sent.push(performance.now());
      this.socket.send(JSON.stringify(message));
      unanswered++;
    }
  }
}

async function connect(order: AppendersOrder): Promise<void> {
  sessions = order.sessions;
  for (let i = 0; i < order.clients; i++) {
    const client = new Client(order.address, i);
    clients.push(client);
    await once(client.socket, sessions ? "message" : "open");
  }
  process.send?.({});
}

async function run({ inFlight, warmUp, measured }: SliceOrder): Promise<void> {
  slice++;
  const begun = answered;
  loading = true;
  for (const client of clients) client.begin(inFlight);
  await delay(warmUp);
  const before = answered;
  trips = [];
  const start = performance.now();
  await delay(measured);
  const rate = (answered - before) / ((performance.now() - start) / 1_000);
  const [p50, p99] = [quantile(trips, 0.5), quantile(trips, 0.99)];
  loading = false;
  while (unanswered > 0) await delay(1);
  process.send?.({ rate, p50, p99, answered: answered - begun } satisfies SliceReport);
}

// The gate has ended.
process.once("disconnect", () => process.exit());
process.on("message", (order) => {
  void ("address" in (order as object) ? connect(order as AppendersOrder) : run(order as SliceOrder));
});

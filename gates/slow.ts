// Gate "slow": a client stops reading while the room broadcasts 50 MB to it (S12).
import { DbConnection, type WebSocketConstructor } from "driftdb";
import { WebSocket } from "ws";
import type { Meters } from "./children/metered-server.js";
import { eventually, gate } from "./lib/gate.js";
import { Server } from "./lib/program.js";
import { newClient, newRoom, socketUrl } from "./lib/room.js";

const MiB = 1_048_576;
const MESSAGE = 65_536;
const MESSAGES = Math.ceil(50_000_000 / MESSAGE);
/** Pairs of messages of the sender that are unacknowledged at a time. */
const IN_FLIGHT = 4;
const MOST_GROWTH = 4 * MiB;
const MOST_SECONDS = 10;

/** A client that can stop reading from its socket. */
class Reader {
  readonly log: number[] = [];
  newest = "";
  #socket: WebSocket | undefined;
  readonly db: DbConnection;

  constructor(url: string) {
    const captured = (socket: WebSocket) => {
      this.#socket = socket;
    };
    class Captured extends WebSocket {
      constructor(address: string) {
        super(address);
        captured(this);
      }
    }
    this.db = new DbConnection({ websocketConstructor: Captured as unknown as WebSocketConstructor });
    this.db.subscribe("log", ({ value }) => this.log.push(value as number));
    this.db.subscribe("large", ({ value }) => {
      this.newest = (value as string).slice(0, 12);
    });
    this.db.connect(url);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }
}

gate("slow", async (bench) => {
  const server = await Server.start(["--data", bench.directory()], {
    name: "metered-server",
    node: ["--expose-gc"],
  });
  bench.undo(() => server.program.kill());
  let meters: Meters | undefined;
  let most = { live: 0, rss: 0 };
  server.program.listen((message) => {
    meters = message as Meters;
    most = { live: Math.max(most.live, meters.live), rss: Math.max(most.rss, meters.rss) };
  });

  const url = socketUrl(server.url, await newRoom(server.url));
  const sender = newClient();
  const reader = new Reader(url);
  await sender.connect(url);
  await reader.db.connect(url);
  let count = 0;

  /** Sends 50 MB. @returns the most memory that the server had in use meanwhile. */
  async function broadcast(): Promise<typeof most> {
    most = { live: 0, rss: 0 };
    const inFlight = new Set<Promise<unknown>>();
    for (let i = 0; i < MESSAGES; i++) {
      const value = `${count}`.padStart(12, "0").padEnd(MESSAGE, ".");
      const sent = [
        sender.send({ type: "push", key: "large", value, action: { type: "replace" } }),
        sender.send({ type: "push", key: "log", value: count++, action: { type: "append" } }),
      ];
      const both = Promise.all(sent).finally(() => inFlight.delete(both));
      inFlight.add(both);
      if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
    }
    await Promise.all(inFlight);
    return most;
  }

  const complete = () => reader.log.length === count && Number(reader.newest) === count - 1;
  const misses: string[] = [];
  // The first broadcast warms up. The second, to a client that reads, shows the memory that a broadcast
  // takes.
  await broadcast();
  const usual = await broadcast();
  if (!(await eventually(complete, 10_000))) misses.push("the client that reads is behind");
  const kept = (meters?.sockets ?? 0) - 1;

  reader.pause();
  const start = performance.now();
  let closed = Number.NaN;
  const gone = eventually(() => (meters?.sockets ?? 0) <= kept, 30_000, 5).then((closes) => {
    if (closes) closed = (performance.now() - start) / 1_000;
  });
  const slow = await broadcast();
  await gone;
  const heldBack = count - reader.log.length;
  reader.resume();
  if (!(await eventually(complete, 60_000))) {
    misses.push(
      `the client has ${reader.log.length} of ${count} messages, and ${reader.newest} as the newest`,
    );
  }
  if (reader.log.some((value, i) => value !== i))
    misses.push("the client did not receive every message once and in order");
  if (heldBack === 0) misses.push("the client was never behind");
  sender.disconnect();
  reader.db.disconnect();

  const growth = slow.live - usual.live;
  if (!(growth < MOST_GROWTH)) misses.push("the server's memory grew too much");
  if (!(closed <= MOST_SECONDS)) misses.push("the server did not close the connection in time");
  const mib = (bytes: number) => `${(bytes / MiB).toFixed(2)} MiB`;
  return {
    figure:
      `${mib(growth)} more in use than with a client that reads (< 4 MiB; ` +
      `resident ${mib(slow.rss - usual.rss)}), closed after ${closed.toFixed(1)} s (≤ ${MOST_SECONDS} s), ` +
      `${heldBack} messages behind, ${count - reader.log.length} lost`,
    misses,
  };
});

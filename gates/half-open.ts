// Gate "half-open": the network falls silent in both directions, and every socket stays open (S11).
import { once } from "node:events";
import { FaultProxy } from "driftdb-testkit";
import { WebSocket } from "ws";
import { eventually, gate } from "./lib/gate.js";
import { Server } from "./lib/program.js";
import { newClient, newRoom, socketUrl } from "./lib/room.js";

/** Seconds. The server looks every 2.5 s, and the measurement is some milliseconds late. */
const SERVER = 45 + 2.5;
const CLIENT = 28;
const WOKEN = 3;
const TOLERANCE = 0.25;

gate("half-open", async (bench) => {
  // The client listens for "online" events of the page, which Node does not have.
  const page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page);
  globalThis.removeEventListener = page.removeEventListener.bind(page);

  const server = await Server.start(["--memory", "--no-limits"]);
  bench.undo(() => server.program.kill());
  const room = await newRoom(server.url);

  /** Seconds until a condition holds; NaN after a minute. */
  async function time(holds: () => boolean): Promise<number> {
    const start = performance.now();
    return (await eventually(holds, 60_000, 1)) ? (performance.now() - start) / 1_000 : Number.NaN;
  }

  /**
   * Seconds until the server drops a silent peer. The proxy keeps its connection as long as the server does.
   */
  async function byServer(): Promise<number> {
    const proxy = await FaultProxy.start(server.url);
    const socket = new WebSocket(`${socketUrl(proxy.url, room)}?v=2&cid=0123456789abcdefghijkl`);
    socket.on("error", () => {});
    await once(socket, "message");
    proxy.stall();
    const took = await time(() => proxy.connections === 0);
    socket.terminate();
    await proxy.close();
    return took;
  }

  async function byClient(wake: boolean): Promise<number> {
    const proxy = await FaultProxy.start(server.url);
    const db = newClient();
    await db.connect(socketUrl(proxy.url, room));
    // The slowest case begins right after a frame.
    await db.testLatency();
    proxy.stall();
    if (wake) page.dispatchEvent(new Event("online"));
    const took = await time(() => !db.status.connected);
    const sent = db.send({ type: "push", key: "key", value: "kept", action: { type: "append" } });
    proxy.resume();
    const { seq } = await sent;
    if (seq < 1) misses.push("a message that was sent meanwhile was lost");
    db.disconnect();
    await proxy.close();
    return took;
  }

  const misses: string[] = [];
  // Clients run one after the other, because an event of the page reaches all of them.
  const serverTook = byServer();
  const client = await byClient(false);
  const woken = await byClient(true);
  const ended = await serverTook;
  if (!(ended <= SERVER + TOLERANCE)) misses.push("the server was too late");
  if (!(client <= CLIENT + TOLERANCE)) misses.push("the client was too late");
  if (!(woken <= WOKEN + TOLERANCE)) misses.push("the client was too late after an online event");
  return {
    figure:
      `server ${ended.toFixed(1)} s (≤ 45 s and 2.5 s until its next look), ` +
      `client ${client.toFixed(1)} s (≤ ${CLIENT} s), ` +
      `after an online event ${woken.toFixed(1)} s (≤ ${WOKEN} s)`,
    misses,
  };
});

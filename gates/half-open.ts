// Gate 9: the network falls silent both ways, and every socket stays open (S11).
import { once } from "node:events";
import { FaultProxy } from "driftdb-testkit";
import { WebSocket } from "ws";
import { eventually, gate } from "./lib/gate.js";
import { Server } from "./lib/program.js";
import { newClient, newRoom, socketUrl } from "./lib/room.js";

/** Seconds. The server looks every 2.5 s; what is measured here is some milliseconds late. */
const SERVER = 45 + 2.5;
const CLIENT = 28;
const WOKEN = 3;
const TOLERANCE = 0.25;

gate("half-open", async (bench) => {
  // What a page has, and Node has not: the client listens there for the network to come back.
  const page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page);
  globalThis.removeEventListener = page.removeEventListener.bind(page);

  const server = await Server.start(["--memory", "--no-limits"]);
  bench.undo(() => server.program.kill());
  const room = await newRoom(server.url);

  /** How long it takes until something is so, in seconds; NaN for a minute or more. */
  async function time(holds: () => boolean): Promise<number> {
    const start = performance.now();
    return (await eventually(holds, 60_000, 1)) ? (performance.now() - start) / 1_000 : Number.NaN;
  }

  /** A peer that answers nothing and gives nothing up: the proxy has a connection for as long as the server has. */
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
    // The latest moment is that after a frame.
    await db.testLatency();
    proxy.stall();
    if (wake) page.dispatchEvent(new Event("online"));
    const took = await time(() => !db.status.connected);
    const sent = db.send({ type: "push", key: "key", value: "kept", action: { type: "append" } });
    proxy.resume();
    const { seq } = await sent;
    if (seq < 1) misses.push("what was sent meanwhile was lost");
    db.disconnect();
    await proxy.close();
    return took;
  }

  const misses: string[] = [];
  // One after the other where they are clients: an event of the page is for all of them.
  const serverTook = byServer();
  const client = await byClient(false);
  const woken = await byClient(true);
  const ended = await serverTook;
  if (!(ended <= SERVER + TOLERANCE)) misses.push("the server was too late");
  if (!(client <= CLIENT + TOLERANCE)) misses.push("the client was too late");
  if (!(woken <= WOKEN + TOLERANCE)) misses.push("the client was too late after it was woken");
  return {
    figure:
      `server ${ended.toFixed(1)} s (≤ 45 s and its look, 2.5 s), client ${client.toFixed(1)} s (≤ ${CLIENT} s), ` +
      `after a wake-up ${woken.toFixed(1)} s (≤ ${WOKEN} s)`,
    misses,
  };
});

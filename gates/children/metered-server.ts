// A server that reports, every few milliseconds, the memory in use without garbage and the number of open
// sockets. It needs --expose-gc.
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { createServer } from "driftdb-server";

/** One report; memory in bytes. */
export interface Meters {
  /** Reachable objects and buffers. */
  readonly live: number;
  readonly rss: number;
  readonly sockets: number;
}

const EVERY = 50;

const { values } = parseArgs({
  options: {
    data: { type: "string", default: "" },
    port: { type: "string", default: "0" },
    host: { type: "string", default: "127.0.0.1" },
  },
});
const collect = (globalThis as { gc?: () => void }).gc;
if (!collect) throw new Error("start metered-server with node --expose-gc");
const http = createHttpServer();
createServer({ data: values.data, limits: false }).attach(http);
http.listen(Number(values.port), values.host, () => {
  console.log(`http://${values.host}:${(http.address() as AddressInfo).port}/ Ctrl-C`);
});
setInterval(() => {
  http.getConnections((_error, sockets) => {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const meters: Meters = { live: heapUsed + external, rss, sockets };
    process.send?.(meters);
  });
}, EVERY);

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

/** Lets a server of the bench listen at `--host` and `--port` of its command line, and prints its URL. */
export function listen(http: Server): void {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
    },
    strict: false,
  });
  http.once("error", (error: NodeJS.ErrnoException) => {
    console.error(error.code === "EADDRINUSE" ? "the port is in use" : error);
    process.exit(1);
  });
  http.listen({ port: Number(values.port), host: String(values.host), backlog: 4_096 }, () => {
    console.log(`http://${values.host}:${(http.address() as AddressInfo).port}/ (Ctrl-C stops it)`);
  });
  // The bench has ended.
  process.once("disconnect", () => process.exit());
}

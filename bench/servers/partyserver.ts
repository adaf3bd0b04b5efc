// PartyServer in workerd, Cloudflare's own runtime, which accepts the connections itself. Miniflare starts it
// and is then idle, so that the processor time of both processes is that of workerd.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Miniflare } from "miniflare";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, host: { type: "string", default: "127.0.0.1" } },
});
const miniflare = new Miniflare({
  modules: true,
  // scripts/bench.mjs bundles the worker into a file beside this one.
  scriptPath: fileURLToPath(new URL("./worker-party.mjs", import.meta.url)),
  host: values.host,
  port: Number(values.port),
  // Otherwise Miniflare asks Cloudflare for the location of this machine.
  cf: false,
  compatibilityDate: "2026-04-01",
  compatibilityFlags: ["nodejs_compat"],
  durableObjects: { Room: { className: "Room", useSQLite: true } },
});
console.log(`${await miniflare.ready} (Ctrl-C stops it)`);
process.once("disconnect", () => process.exit());

// PartyServer in workerd, Cloudflare's own runtime, which takes the connections itself. Miniflare, which starts it, has
// nothing to do after that, so this process and workerd together have used what workerd has.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Miniflare } from "miniflare";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, host: { type: "string", default: "127.0.0.1" } },
});
const miniflare = new Miniflare({
  modules: true,
  // Bundled beside this file.
  scriptPath: fileURLToPath(new URL("./worker-party.mjs", import.meta.url)),
  host: values.host,
  port: Number(values.port),
  // Or it would ask Cloudflare where this machine is.
  cf: false,
  compatibilityDate: "2026-04-01",
  compatibilityFlags: ["nodejs_compat"],
  durableObjects: { Room: { className: "Room", useSQLite: true } },
});
console.log(`${await miniflare.ready} (Ctrl-C stops it)`);
process.once("disconnect", () => process.exit());

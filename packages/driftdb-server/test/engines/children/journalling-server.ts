// Commits to a data directory with its journal on, until it is killed: <directory> <life>. It prints each
// value when its append is acknowledged.
import { writeSync } from "node:fs";
import type { Connection } from "../../../src/core/request.js";
import type { Output } from "../../../src/engine/engine.js";
import { LocalEngine } from "../../../src/engine/local/local-engine.js";
import { SqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.js";
import { Payload } from "../../../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../../../src/limits/limits.js";

const [directory = "", life = ""] = process.argv.slice(2);
const engine = new LocalEngine(new SqliteStore(directory, { journal: true }), { limits: DEFAULT_LIMITS });
for (const name of ["one", "two"]) {
  if (!(await engine.exists(name))) await engine.create(name);
  const connection: Connection = { session: null };
  const room = await engine.open(name, {
    deliver(outputs: readonly Output[]) {
      for (const output of outputs) {
        if (output.type === "stored" && output.request.type === "push") {
          writeSync(1, `${name} ${JSON.stringify(output.request.value.value)}\n`);
        }
      }
      send();
    },
  });
  let n = 0;
  const send = () => {
    // 1 to 5 values in one commit, and a relay.
    const values = Array.from({ length: 1 + (n % 5) }, () => `${life}, ${++n}`);
    for (const text of values) {
      const value = Payload.of(text, false);
      room?.submit({ type: "push", connection, key: `life ${life}`, value, action: { type: "append" } });
    }
    const value = Payload.of("relayed", false);
    setImmediate(() => room?.submit({ type: "push", connection, key: "", value, action: { type: "relay" } }));
  };
  send();
}

// Opens a data directory, and collects garbage until it is killed: <directory>. It prints a line after each
// collection.
import { writeSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const [directory = ""] = process.argv.slice(2);
const store = new SqliteStore(directory);
setInterval(() => {
  collect();
  writeSync(1, `holding ${store.exists("room")}\n`);
}, 50);

// Opens a data directory, and kills itself at a named point of its migration: <directory> <point>. It prints
// the points that it passes.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { SqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.js";

const [directory = "", last = ""] = process.argv.slice(2);

function pass(point: string): void {
  fs.writeSync(1, `${point}\n`);
  if (point === last) process.kill(process.pid, "SIGKILL");
}

/** Makes two points of each call of a function of `node:fs`: before it and after it. */
function watch<Name extends "statfsSync" | "linkSync" | "renameSync" | "fsyncSync">(name: Name): void {
  const original = fs[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  const watched = (...args: unknown[]) => {
    const call = `${name} ${++calls}`;
    pass(`before ${call}`);
    const result = original(...args);
    pass(`after ${call}`);
    return result;
  };
  fs[name] = watched as (typeof fs)[Name];
}

for (const name of ["statfsSync", "linkSync", "renameSync", "fsyncSync"] as const) watch(name);
syncBuiltinESMExports();

const store = new SqliteStore(directory, {
  onProgress: ({ fraction }) => pass(`progress ${fraction.toFixed(2)}`),
});
pass("opened");
store.close();

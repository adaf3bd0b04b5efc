// DriftDB's server inside another program, as an application mounts it, without limits of a room.
//
// --data DIR: keeps the rooms in this directory. Without it, they are in memory.
import { createServer as createHttpServer } from "node:http";
import { parseArgs } from "node:util";
import { createServer, DEFAULT_LIMITS, type Limits } from "driftdb-server";
import { listen } from "../lib/listen.js";
import { answerMeter } from "../lib/meter.js";

const { values } = parseArgs({ options: { data: { type: "string" } }, strict: false });
const names = Object.keys(DEFAULT_LIMITS);
const limits: Partial<Limits> = Object.fromEntries(names.map((name) => [name, Number.POSITIVE_INFINITY]));
const http = createHttpServer();
createServer({ limits, ...(values.data ? { data: String(values.data) } : { memory: true }) }).attach(http);
answerMeter();
listen(http);

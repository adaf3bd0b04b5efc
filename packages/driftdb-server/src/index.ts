export { createServer, type DriftDBServer, type ServerOptions } from "./create-server.js";
export { DEFAULT_LIMITS, type Limits } from "./limits/limits.js";

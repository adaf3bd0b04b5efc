export { type Direction, FaultProxy } from "./fault-proxy.js";
export { ServerProcess } from "./server-process.js";

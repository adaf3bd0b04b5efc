// The server of y-websocket, as its package exports it for other servers: without a store, and with the same
// version of `ws` as the other servers. Its own command uses a much older one.
import { createServer } from "node:http";
import { register } from "node:module";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";

// The package always imports its store, which is native code. This hook replaces it by nothing.
const noStore = "data:text/javascript,export const LeveldbPersistence = undefined";
const hooks = `export const resolve = (name, context, next) =>
  name === "y-leveldb" ? { url: ${JSON.stringify(noStore)}, shortCircuit: true } : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const { setupWSConnection } = await import("@y/websocket-server/utils");

const http = createServer();
new WebSocketServer({ server: http }).on("connection", (socket, request) =>
  setupWSConnection(socket, request),
);
listen(http);

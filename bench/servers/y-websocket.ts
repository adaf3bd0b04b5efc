// The server of y-websocket, as its package offers it to servers of one's own: without a store, and with the `ws` that the
// others have instead of the much older one of its command.
import { createServer } from "node:http";
import { register } from "node:module";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";

// It imports its store, which is native code, even where it uses none: here that is nothing.
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

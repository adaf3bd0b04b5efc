// TinyBase's server without a store: it checks messages, and forwards them to the other clients of the path.
import { createServer } from "node:http";
import { createWsServer } from "tinybase/synchronizers/synchronizer-ws-server";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";

const http = createServer();
createWsServer(new WebSocketServer({ server: http }));
listen(http);

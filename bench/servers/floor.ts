// The least that a server can do in Node: no parsing, no rules. Of each message one frame is made, the frames of a turn of
// the event loop are joined in one buffer, and that is written to each socket, once.
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";
import { serverFrame } from "../lib/server-frame.js";

const sockets = new Set<Duplex>();
let frames: Buffer[] = [];

function flush(): void {
  const turn = frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames);
  frames = [];
  for (const socket of sockets) socket.write(turn);
}

const http = createServer();
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on("upgrade", (request, socket, head) => {
  wss.handleUpgrade(request, socket, head, (client) => {
    sockets.add(socket);
    client.on("message", (data, binary) => {
      if (frames.push(serverFrame(data as Buffer, binary)) === 1) setImmediate(flush);
    });
    client.once("close", () => sockets.delete(socket));
  });
});
listen(http);

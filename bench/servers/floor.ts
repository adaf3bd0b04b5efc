// The least that a server can do in Node: no parsing, no rules. Of each message one frame is made, and what a turn of the
// event loop has for a socket is written to it at the turn's end, at once.
//
// --shared: the frames of a turn are joined in one buffer before, for all sockets. That is less still, and possible only
// where all are sent the same.
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";
import { serverFrame } from "../lib/server-frame.js";

const shared = process.argv.includes("--shared");
const sockets = new Set<Duplex>();
let frames: Buffer[] = [];

function flush(): void {
  const turn = shared ? [Buffer.concat(frames)] : frames;
  frames = [];
  for (const socket of sockets) {
    if (turn.length > 1) socket.cork();
    for (const frame of turn) socket.write(frame);
    if (turn.length > 1) socket.uncork();
  }
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

// The minimum that a server can do in Node: no parsing, no rules. It makes one frame of each message, and
// writes the frames of a turn of the event loop to each socket together, at the end of the turn. The room is
// the path.
//
// --shared: it also joins the frames of a turn in one buffer for all sockets. That costs even less, and works
// only where all sockets receive the same.
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";
import { serverFrame } from "../lib/server-frame.js";

interface Room {
  readonly sockets: Set<Duplex>;
  frames: Buffer[];
}

const shared = process.argv.includes("--shared");
const rooms = new Map<string, Room>();
let due: Room[] = [];

function flush(): void {
  const flushed = due;
  due = [];
  for (const room of flushed) write(room);
}

function write(room: Room): void {
  const turn = shared ? [Buffer.concat(room.frames)] : room.frames;
  room.frames = [];
  for (const socket of room.sockets) {
    if (turn.length > 1) socket.cork();
    for (const frame of turn) socket.write(frame);
    if (turn.length > 1) socket.uncork();
  }
}

const http = createServer();
const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false });
http.on("upgrade", (request, socket, head) => {
  const { url = "" } = request;
  wss.handleUpgrade(request, socket, head, (client) => {
    const room = rooms.get(url) ?? { sockets: new Set(), frames: [] };
    rooms.set(url, room);
    room.sockets.add(socket);
    client.on("message", (data, binary) => {
      if (room.frames.push(serverFrame(data as Buffer, binary)) > 1) return;
      if (due.push(room) === 1) setImmediate(flush);
    });
    client.once("close", () => {
      room.sockets.delete(socket);
      if (room.sockets.size === 0) rooms.delete(url);
    });
  });
});
listen(http);

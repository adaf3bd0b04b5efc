// The loop that a user writes: it sends each message to each socket of the room. The path names the room.
import { createServer } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";

const rooms = new Map<string, Set<WebSocket>>();
const http = createServer();
const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
wss.on("connection", (socket, { url = "" }) => {
  const room = rooms.get(url) ?? new Set();
  rooms.set(url, room.add(socket));
  socket.on("message", (data, binary) => {
    for (const client of room) {
      if (client.readyState === client.OPEN) client.send(data, { binary });
    }
  });
  socket.once("close", () => {
    room.delete(socket);
    if (room.size === 0) rooms.delete(url);
  });
});
listen(http);

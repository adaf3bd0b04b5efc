// Socket.IO like in its documentation: a client joins a room, and the server emits its messages to the room.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { listen } from "../lib/listen.js";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });
io.on("connection", (socket) => {
  const room = String(socket.handshake.query.room);
  void socket.join(room);
  socket.on("m", (text: unknown) => {
    io.to(room).emit("m", text);
  });
});
listen(http);

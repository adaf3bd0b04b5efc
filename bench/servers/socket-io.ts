// Socket.IO as its documentation has it: a client joins a room, and what it says is emitted to the room.
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

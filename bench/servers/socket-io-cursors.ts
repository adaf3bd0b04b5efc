// Socket.IO with the few lines that a user writes to broadcast pointers.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { listen } from "../lib/listen.js";

const http = createServer();
new Server(http).on("connection", (socket) => {
  socket.on("cursor", (position: unknown) => {
    socket.broadcast.emit("cursor", socket.id, position);
  });
});
listen(http);

// Socket.IO, and the few lines that a user writes to show everybody's pointer to everybody else.
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

// A Socket.IO server that keeps an array of messages, and emits it to clients that ask.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { numbered } from "../lib/dialect.js";
import { listen } from "../lib/listen.js";
import { answerMeter } from "../lib/meter.js";

interface Message {
  readonly value: string;
  readonly seq: number;
}

const streams = new Map<number, readonly Message[]>();

function streamOf(messages: number, bytes: number): readonly Message[] {
  const make = () => Array.from({ length: messages }, (_, n) => ({ value: numbered(n, bytes), seq: n + 1 }));
  const stream = streams.get(messages) ?? make();
  streams.set(messages, stream);
  return stream;
}

const http = createServer();
const io = new Server(http, { transports: ["websocket"] });
io.on("connection", (socket) => {
  socket.on("get", (messages: number, bytes: number) => socket.emit("init", streamOf(messages, bytes)));
});
answerMeter();
listen(http);

// The least that a join can cost: who asks for so many bytes is sent a text of so many, which is ready, at once.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { listen } from "../lib/listen.js";
import { answerMeter } from "../lib/meter.js";

const texts = new Map<number, string>();

function textOf(bytes: number): string {
  const text = texts.get(bytes) ?? "x".repeat(bytes);
  texts.set(bytes, text);
  return text;
}

const http = createServer();
const wss = new WebSocketServer({ server: http, perMessageDeflate: false });
wss.on("connection", (socket) => {
  socket.on("message", (data) => socket.send(textOf(Number(data.toString()))));
});
answerMeter();
listen(http);

// The minimal cost of a join: a client asks for a number of bytes, and the server sends a prepared text of
// that length.
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

// Clients that fill a room, and then join it one after the other. A `JoinOrder` is answered with a
// `JoinReport`. A `FillOrder` is answered with `{}` when the server has all messages.
import { randomBytes } from "node:crypto";
import { numbered } from "../lib/dialect.js";
import { clientFrame, RawSocket } from "../lib/raw-socket.js";

export interface FillOrder {
  /** The address of a room of DriftDB. */
  readonly address: string;
  /** The number of messages, and of keys that share them: `<key> 0`, `<key> 1` and so on. */
  readonly fill: number;
  readonly keys: number;
  readonly key: string;
  /** Bytes of each value. */
  readonly bytes: number;
}

export interface JoinOrder {
  readonly address: string;
  readonly speaks: "session" | "plain" | "bare" | "Socket.IO";
  readonly key: string;
  /** Retained messages, and bytes of each. The bare server sends one message of `bytes` bytes. */
  readonly messages: number;
  readonly bytes: number;
}

export interface JoinReport {
  /** Milliseconds from opening the socket until the history has arrived. */
  readonly took: number;
  /** Bytes of the frame with the history, without its header. */
  readonly bytes: number;
}

/** Messages that are sent before a ping confirms them. */
const BATCH = 1_000;

async function fill({ address, fill, keys, key, bytes }: FillOrder): Promise<void> {
  // A session receives only keys that it has asked for.
  const socket = new RawSocket(`${address}?v=2&cid=${newCid()}`);
  await socket.opened;
  let answered = () => {};
  socket.take((payload) => {
    const start = payload.toString("latin1", 0, 16);
    if (start.includes("error")) throw new Error(payload.toString());
    if (start.includes("pong")) answered();
  });
  for (let at = 0; at < fill; at += BATCH) {
    const frames: Buffer[] = [];
    for (let n = at; n < Math.min(fill, at + BATCH); n++) {
      const value = numbered(n, bytes);
      frames.push(frameOf({ type: "push", key: `${key} ${n % keys}`, value, action: { type: "append" } }));
    }
    frames.push(frameOf({ type: "ping" }));
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    socket.write(Buffer.concat(frames));
    await answer;
  }
  socket.destroy();
}

async function join(order: JoinOrder): Promise<JoinReport> {
  // Collecting garbage of the client before must not count as time of this one.
  (globalThis as { gc?: () => void }).gc?.();
  const start = performance.now();
  const [socket, payload] = await joinOnce(order);
  const took = performance.now() - start;
  socket.destroy();
  return { took, bytes: payload.length };
}

/** @returns the socket, and the message with the history. */
function joinOnce({ address, speaks, key, messages, bytes }: JoinOrder): Promise<[RawSocket, Buffer]> {
  const isSession = speaks === "session";
  const socket = new RawSocket(isSession ? `${address}?v=2&cid=${newCid()}` : address);
  const get = JSON.stringify({ type: "get", key, seq: 0 });
  return new Promise((resolve, reject) => {
    socket.opened.then(() => {
      if (speaks === "plain") socket.send(get);
      else if (speaks === "bare") socket.send(String(bytes));
    }, reject);
    socket.take((payload) => {
      const start = payload.toString("latin1", 0, 24);
      if (speaks === "bare" || start.includes("init")) resolve([socket, payload]);
      else if (start.includes("error")) reject(new Error(payload.toString()));
      else if (isSession) socket.send(get);
      else if (start.startsWith("0{")) socket.send("40");
      else if (start.startsWith("40")) socket.send(`42["get",${messages},${bytes}]`);
    });
  });
}

const newCid = () => randomBytes(16).toString("base64url");
const frameOf = (message: object) => clientFrame(Buffer.from(JSON.stringify(message)), false);

// The bench has ended.
process.once("disconnect", () => process.exit());
process.on("message", (order) => {
  const isFill = "fill" in (order as object);
  void (isFill ? fill(order as FillOrder) : join(order as JoinOrder)).then((report) =>
    process.send?.(report ?? {}),
  );
});

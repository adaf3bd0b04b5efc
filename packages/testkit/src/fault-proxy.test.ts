import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FaultProxy } from "./fault-proxy.js";

let echo: Server;
let echoed: string;
let proxy: FaultProxy;
const sockets: Socket[] = [];

beforeEach(async () => {
  // The tests cause resets. Errors of the server end are expected.
  echoed = "";
  echo = createServer((socket) => {
    socket.on("error", () => {}).pipe(socket);
    socket.on("data", (data) => {
      echoed += data.toString();
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  proxy = await FaultProxy.start(`http://127.0.0.1:${(echo.address() as AddressInfo).port}/`);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

async function client() {
  const socket = connect(Number(new URL(proxy.url).port), "127.0.0.1");
  sockets.push(socket);
  const heard = { text: "", error: "" };
  socket.on("data", (data) => {
    heard.text += data.toString();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    heard.error = error.code ?? "";
  });
  const closed = new Promise((resolve) => socket.on("close", resolve));
  await Promise.race([new Promise((resolve) => socket.on("connect", resolve)), closed]);
  return { socket, heard, closed };
}

it("passes everything on, both ways", async () => {
  const { socket, heard, closed } = await client();
  socket.write("hello");
  await expect.poll(() => heard.text).toBe("hello");
  socket.end();
  await closed;
  await expect.poll(() => proxy.connections).toBe(0);
});

it("resets connections", async () => {
  const { heard, closed } = await client();
  await expect.poll(() => proxy.connections).toBe(1);
  proxy.reset();
  await closed;
  expect(heard.error).toBe("ECONNRESET");
});

it("stalls, and on resume lets through what was held back", async () => {
  const { socket, heard } = await client();
  proxy.stall("down");
  socket.write("held ");
  await expect.poll(() => echoed).toBe("held ");
  expect(heard.text).toBe("");
  proxy.resume();
  await expect.poll(() => heard.text).toBe("held ");
  proxy.stall();
  const other = await client();
  other.socket.write("back");
  proxy.resume();
  await expect.poll(() => other.heard.text).toBe("back");
});

it("cuts after so many bytes", async () => {
  const { socket, heard, closed } = await client();
  await expect.poll(() => proxy.connections).toBe(1);
  proxy.cutAfter(4, "down");
  socket.write("hello");
  await closed;
  // The reset may overtake bytes that were let through.
  expect("hell").toContain(heard.text);
});

it("turns new connections away", async () => {
  proxy.refuse();
  const { closed } = await client();
  await closed;
  proxy.refuse(false);
  const { socket: next, heard } = await client();
  next.write("in");
  await expect.poll(() => heard.text).toBe("in");
});

it("takes its time, and lets nothing overtake", async () => {
  proxy.delay(20, 30);
  proxy.slice(7);
  const { socket, heard } = await client();
  const sent = Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join("");
  const start = performance.now();
  socket.write(sent);
  await expect.poll(() => heard.text.length).toBe(sent.length);
  expect(heard.text).toBe(sent);
  // A round trip. Timers may fire a millisecond early.
  expect(performance.now() - start).toBeGreaterThanOrEqual(2 * 19);
});

it("delivers in pieces", async () => {
  proxy.slice(3);
  proxy.delay(5);
  const { socket } = await client();
  const pieces: number[] = [];
  socket.on("data", (data) => pieces.push(data.length));
  socket.write("x".repeat(10));
  await expect.poll(() => pieces.reduce((sum, length) => sum + length, 0)).toBe(10);
  expect(Math.max(...pieces)).toBeLessThanOrEqual(10);
});

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { BINARY, CLOSE, FrameScanner, PING, TEXT } from "./frame-scanner.js";
import { clientFrame, RawSocket } from "./raw-socket.js";
import { serverFrame } from "./server-frame.js";

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const client of server?.clients ?? []) client.terminate();
  server?.close();
  server = undefined;
});

/** A real server, and both ends of a connection to it. */
async function connection(): Promise<{ peer: WebSocket; socket: RawSocket; came: [string, boolean][] }> {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const connected = once(server, "connection");
  const socket = new RawSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/path?query`);
  const [peer, request] = (await connected) as [WebSocket, { url: string }];
  expect(request.url).toBe("/path?query");
  await socket.opened;
  const came: [string, boolean][] = [];
  socket.take((payload, binary) => came.push([payload.toString(), binary]));
  return { peer, socket, came };
}

const text = (length: number) => "0123456789".repeat(Math.ceil(length / 10)).slice(0, length);

/** Lengths around each change of the header, and one that arrives in many reads. */
const LENGTHS = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];

test("receives messages of every length, text and binary", async () => {
  const { peer, came } = await connection();
  for (const length of LENGTHS) {
    peer.send(text(length));
    peer.send(Buffer.from(text(length)));
  }
  await expect.poll(() => came.length).toBe(2 * LENGTHS.length);
  expect(came).toEqual(
    LENGTHS.flatMap((length) => [
      [text(length), false],
      [text(length), true],
    ]),
  );
});

test("sends messages to a server, also prepared and joined ones", async () => {
  const { peer, socket } = await connection();
  const came: [string, boolean][] = [];
  peer.on("message", (data, binary) => came.push([data.toString(), binary]));
  for (const length of LENGTHS) socket.send(text(length));
  socket.write(Buffer.concat(LENGTHS.map((length) => clientFrame(Buffer.from(text(length)), true))));
  await expect.poll(() => came.length).toBe(2 * LENGTHS.length);
  expect(came).toEqual([
    ...LENGTHS.map((length) => [text(length), false]),
    ...LENGTHS.map((length) => [text(length), true]),
  ]);
});

test("counts long messages, fragmented ones too, and passes on short ones", async () => {
  const { peer, socket, came } = await connection();
  let counted = 0;
  socket.onCount = (messages) => {
    counted += messages;
  };
  socket.least = 100;
  peer.send(text(99));
  for (const length of [100, 126, 70_000]) peer.send(text(length));
  // Three frames of one message with a ping between them, then a short message of fragments.
  peer.send(text(60), { fin: false });
  peer.ping();
  peer.send("", { fin: false });
  peer.send(text(60), { fin: true });
  peer.send("ab", { fin: false });
  peer.send("cd", { fin: true });
  await expect.poll(() => came.length).toBe(2);
  expect(came).toEqual([
    [text(99), false],
    ["abcd", false],
  ]);
  expect(counted).toBe(4);
});

test("answers pings, and counts bytes with their headers", async () => {
  const { peer, socket } = await connection();
  peer.ping("are you there");
  const [payload] = (await once(peer, "pong")) as [Buffer];
  expect(payload.toString()).toBe("are you there");
  expect(socket.bytes).toBe(2 + "are you there".length);
});

test("reports the code of a close, and answers the close", async () => {
  const { peer, socket } = await connection();
  const told = new Promise((resolve) => {
    socket.onClose = resolve;
  });
  const closed = once(peer, "close");
  peer.close(4001, "taken over");
  expect(await told).toBe(4001);
  expect((await closed)[0]).toBe(4001);
});

test("reports a cut connection as 1006", async () => {
  const { peer, socket } = await connection();
  const told = new Promise((resolve) => {
    socket.onClose = resolve;
  });
  peer.terminate();
  expect(await told).toBe(1006);
});

test("opened rejects with the answer of a server that refuses the upgrade", async () => {
  server = new WebSocketServer({ host: "127.0.0.1", port: 0, verifyClient: () => false });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(new RawSocket(`ws://127.0.0.1:${port}/`).opened).rejects.toThrow("401 Unauthorized");
});

/** Frames of all kinds, and the messages in them. */
const CONTROL = Buffer.from([128 | PING, 2, 104, 105]);
const END = Buffer.from([128 | CLOSE, 2, 3, 232]);
const FRAGMENTS = Buffer.concat([
  Buffer.from([TEXT, 2, 97, 98]),
  CONTROL,
  Buffer.from([0, 0]),
  Buffer.from([128, 1, 99]),
]);
const STREAM = Buffer.concat([
  serverFrame(Buffer.alloc(0), false),
  serverFrame(Buffer.from(text(125)), false),
  serverFrame(Buffer.from(text(300)), true),
  FRAGMENTS,
  serverFrame(Buffer.from(text(66_000)), false),
  CONTROL,
  END,
]);
const FOUND = [
  [TEXT, ""],
  [TEXT, text(125)],
  [BINARY, text(300)],
  [PING, "hi"],
  [TEXT, "abc"],
  [TEXT, text(66_000)],
  [PING, "hi"],
  [CLOSE, END.toString("utf8", 2)],
];

/** Lengths of chunks: each header is split at each of its bytes by one of them. */
const PIECES = [1, 2, 3, 5, 7, 11, 127, 4_096, STREAM.length];

test.each(PIECES)("frames are found in pieces of %i bytes", (piece) => {
  const found: [number, string][] = [];
  const scanner = new FrameScanner((payload, opcode) => found.push([opcode, payload.toString()]));
  // Sockets reuse the buffer that they read into.
  const buffer = Buffer.alloc(piece);
  for (let at = 0; at < STREAM.length; at += piece) {
    const length = STREAM.copy(buffer, 0, at, at + piece);
    scanner.feed(buffer, length);
  }
  expect(found).toEqual(FOUND);
  expect(scanner.bytes).toBe(STREAM.length);
});

test.each(PIECES)("the same are counted in pieces of %i bytes", (piece) => {
  const found: number[] = [];
  const scanner = new FrameScanner((_payload, opcode) => found.push(opcode));
  scanner.least = 100;
  for (let at = 0; at < STREAM.length; at += piece) scanner.feed(STREAM.subarray(at, at + piece));
  expect(scanner.counted).toBe(3);
  expect(found).toEqual([TEXT, PING, TEXT, PING, CLOSE]);
});

test("refuses a masked frame of a server", () => {
  const scanner = new FrameScanner(() => {});
  expect(() => scanner.feed(clientFrame(Buffer.from("text"), false))).toThrow("masked");
});

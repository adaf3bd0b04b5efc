// The costs of a message in counts, which are the same on every machine. bench/ measures times.
import { Socket } from "node:net";
import { cbor } from "driftdb-protocol/cbor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SqliteStore } from "../src/engine/local/sqlite/sqlite-store.js";
import { FrameBatch } from "../src/wire/frame-batch.js";
import { append, get, hold, relay } from "./messages.js";
import type { RawClient } from "./raw-client.js";
import { session } from "./session.js";
import { enter, TestServer } from "./test-server.js";

const SUBSCRIBERS = 50;
const WINDOW = 64;
const VALUE = "x".repeat(100);

let server: TestServer;
/** The server's writes to each of its sockets. */
let writes: Map<Socket, Buffer[]>;

beforeEach(async () => {
  server = await TestServer.start("sqlite", false);
});
afterEach(() => void vi.restoreAllMocks());

function watchWrites(): void {
  writes = new Map();
  const write = Socket.prototype.write;
  vi.spyOn(Socket.prototype, "write").mockImplementation(function (this: Socket, ...rest) {
    if (this.localPort === server.port) {
      writes.set(this, [...(writes.get(this) ?? []), rest[0] as unknown as Buffer]);
    }
    return write.apply(this, rest as unknown as Parameters<typeof write>);
  });
}

/** Sends frames that arrive in one turn of the server's event loop. */
function atOnce({ socket }: RawClient, send: () => void): void {
  const { _socket: tcp } = socket as unknown as { _socket: Socket };
  tcp.cork();
  send();
  tcp.uncork();
}

/** The subscribers of a key, and a sender. */
async function crowd(kind: "session" | "plain", query = ""): Promise<[sender: RawClient, RawClient[]]> {
  const room = await server.newRoom();
  const join = async () => {
    if (kind === "plain") return await enter(room, query && `?${query}`);
    const { client } = await session(room, undefined, query && `&${query}`);
    client.send(get("k"));
    await client.until(({ type }) => type === "init");
    return client;
  };
  const clients = await Promise.all(Array.from({ length: SUBSCRIBERS }, join));
  return [await enter(room), clients];
}

/** Waits until each client has received `count` pushes. */
const received = (clients: RawClient[], count: number) =>
  Promise.all(
    clients.map(async (client) => {
      const pushes = () => client.frames.filter(({ type }) => type === "push").length;
      await expect.poll(pushes).toBe(count);
    }),
  );

describe.each(["session", "plain"] as const)("the hot path, to connections of kind %s", (kind) => {
  test("writes a window of messages once to each socket, and shares the buffers", async () => {
    const [sender, clients] = await crowd(kind);
    watchWrites();
    atOnce(sender, () => {
      for (let i = 0; i < WINDOW; i++) sender.send(relay("k", VALUE));
    });
    await received(clients, WINDOW);
    // The sender is a client too. TCP may split the window in two or three.
    const counts = [...writes.values()].map(({ length }) => length);
    expect(counts.length).toBe(SUBSCRIBERS + 1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    // All sockets get the same buffers, without copies.
    expect(new Set([...writes.values()].flat()).size).toBeLessThanOrEqual(6);
  });

  test("makes one frame batch of a window, for any number of clients", async () => {
    const [sender, clients] = await crowd(kind);
    const and = vi.spyOn(FrameBatch.prototype, "and");
    atOnce(sender, () => {
      for (let i = 0; i < WINDOW; i++) sender.send(relay("k", VALUE));
    });
    await received(clients, WINDOW);
    // Each delivery uses the batch, which is made once.
    expect(and.mock.calls.length).toBeGreaterThan(SUBSCRIBERS * (WINDOW - 3));
    expect(new Set(and.mock.results.map(({ value }) => value as FrameBatch)).size).toBeLessThanOrEqual(
      2 * WINDOW,
    );
  });

  test.each(["", "cbor=true"])("parses a value once, and encodes it once per codec (%s)", async (query) => {
    const [sender, clients] = await crowd(kind, query);
    const text = JSON.stringify(append("k", VALUE));
    const broadcast = Promise.all(
      [sender, ...clients].map(({ socket }) => new Promise((done) => socket.once("message", done))),
    );
    const [parse, stringify, encode] = [
      vi.spyOn(JSON, "parse"),
      vi.spyOn(JSON, "stringify"),
      vi.spyOn(cbor, "encode"),
    ];
    sender.sendText(text);
    await broadcast;
    // The server parses once, and so does each JSON client, which is in this process. The sender is one.
    expect(parse.mock.calls.length).toBe(query ? 2 : 2 + clients.length);
    // The value, and the key in the frames for sessions and for plain connections.
    expect(stringify.mock.calls.length).toBeLessThanOrEqual(3);
    // The value, and the frame around it.
    expect(encode.mock.calls.length).toBe(query ? 2 : 0);
  });

  test("adds at most 60 bytes to a delivery of 100 bytes", async () => {
    const [sender, clients] = await crowd(kind);
    watchWrites();
    atOnce(sender, () => {
      for (let i = 0; i < WINDOW; i++) sender.send(append("k", VALUE));
    });
    await received(clients, WINDOW);
    const bytes = Buffer.concat([...writes.values()].flat()).length;
    // This counts the sizes of the stream too, which the server sends to the sender.
    expect(bytes / ((SUBSCRIBERS + 1) * WINDOW)).toBeLessThan(100 + 60);
  });
});

test("D23 parses a hold once that waits for others", async () => {
  const room = await server.newRoom();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => session(room, undefined, "&cbor=true")));
  const frames = () =>
    sessions.map(({ client }) => client.frames.filter(({ type }) => type === "holds").length);
  for (const { client } of sessions) client.send(get("k"));
  const move = (x: number) => {
    for (const { client } of sessions) client.send(hold("k", { x }));
  };
  move(0);
  await Promise.all(sessions.map(({ client }) => client.drain()));
  const parse = vi.spyOn(JSON, "parse");
  const ROUNDS = 5;
  for (let x = 1; x <= ROUNDS; x++) {
    move(x);
    await expect
      .poll(() => JSON.stringify(sessions.map(({ client }) => client.frames.at(-1))))
      .toContain(`"x":${x}`);
  }
  await Promise.all(sessions.map(({ client }) => client.drain()));
  expect(Math.min(...frames())).toBeGreaterThan(0);
  const values = parse.mock.calls.filter(([text]) => String(text).includes('"x"'));
  expect(values.length).toBe(ROUNDS * sessions.length);
});

test("M5 makes one transaction of a turn, and one frame of acks per session", async () => {
  const room = await server.newRoom();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => session(room)));
  const commit = vi.spyOn(SqliteStore.prototype, "commit");
  for (const { client } of sessions) {
    atOnce(client, () => {
      for (let n = 1; n <= WINDOW; n++) client.send({ ...append("k", VALUE), n });
    });
  }
  const acks = await Promise.all(
    sessions.map(async ({ client }) => {
      const frames = () => client.frames.filter(({ type }) => type === "ack");
      await expect.poll(() => frames().flatMap(({ acks }) => acks as unknown[]).length).toBe(WINDOW);
      return frames().length;
    }),
  );
  const rows = commit.mock.calls.map(([commits]) =>
    commits.flatMap(({ streams }) => streams.flatMap(({ put }) => put)),
  );
  expect(rows.flat().length).toBe(8 * WINDOW);
  // Eight sockets may be eight turns, and TCP may split each window in two.
  expect(rows.filter(({ length }) => length > 0).length).toBeLessThanOrEqual(16);
  expect(Math.max(...acks)).toBeLessThanOrEqual(3);
});

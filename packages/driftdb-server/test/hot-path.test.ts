// What a message costs, in counts: they are the same on every machine, however busy it is. Times are in bench/.
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
/** What the server has written to each of its sockets. */
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

/** Subscribers to a key, and one who sends to it. */
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

/** Waits until each has been given so many pushes. */
const given = (clients: RawClient[], count: number) =>
  Promise.all(
    clients.map(async (client) => {
      const pushes = () => client.frames.filter(({ type }) => type === "push").length;
      await expect.poll(pushes).toBe(count);
    }),
  );

describe.each(["session", "plain"] as const)("the hot path, to connections of kind %s", (kind) => {
  test("a window of messages is one write to each socket, and the same bytes for all", async () => {
    const [sender, clients] = await crowd(kind);
    watchWrites();
    atOnce(sender, () => {
      for (let i = 0; i < WINDOW; i++) sender.send(relay("k", VALUE));
    });
    await given(clients, WINDOW);
    // The sender is a client, too. TCP may cut the window in two, or in three.
    const counts = [...writes.values()].map(({ length }) => length);
    expect(counts.length).toBe(SUBSCRIBERS + 1);
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    // No copy for each: they are written the same buffers.
    expect(new Set([...writes.values()].flat()).size).toBeLessThanOrEqual(6);
  });

  test("what is allocated for a message does not depend on how many are told", async () => {
    const [sender, clients] = await crowd(kind);
    const and = vi.spyOn(FrameBatch.prototype, "and");
    atOnce(sender, () => {
      for (let i = 0; i < WINDOW; i++) sender.send(relay("k", VALUE));
    });
    await given(clients, WINDOW);
    // Asked for each delivery, and made once for all.
    expect(and.mock.calls.length).toBeGreaterThan(SUBSCRIBERS * (WINDOW - 3));
    expect(new Set(and.mock.results.map(({ value }) => value as FrameBatch)).size).toBeLessThanOrEqual(
      2 * WINDOW,
    );
  });

  test.each(["", "cbor=true"])("a value is parsed once, and encoded once per codec (%s)", async (query) => {
    const [sender, clients] = await crowd(kind, query);
    const text = JSON.stringify(append("k", VALUE));
    const told = Promise.all(
      [sender, ...clients].map(({ socket }) => new Promise((done) => socket.once("message", done))),
    );
    const [parse, stringify, encode] = [
      vi.spyOn(JSON, "parse"),
      vi.spyOn(JSON, "stringify"),
      vi.spyOn(cbor, "encode"),
    ];
    sender.sendText(text);
    await told;
    // The server, and those of the clients, who are in this process, that are told in JSON: the sender is.
    expect(parse.mock.calls.length).toBe(query ? 2 : 2 + clients.length);
    // The value; the key, in the frames for sessions and for plain connections.
    expect(stringify.mock.calls.length).toBeLessThanOrEqual(3);
    // The value, and the frame around it.
    expect(encode.mock.calls.length).toBe(query ? 2 : 0);
  });

  test("a delivery of 100 bytes is no more than 60 bytes longer on the wire", async () => {
    const [sender, clients] = await crowd(kind);
    watchWrites();
    atOnce(sender, () => {
      for (let i = 0; i < WINDOW; i++) sender.send(append("k", VALUE));
    });
    await given(clients, WINDOW);
    const bytes = Buffer.concat([...writes.values()].flat()).length;
    // What the sender is told of the size of the stream is not a delivery, but is counted, too.
    expect(bytes / ((SUBSCRIBERS + 1) * WINDOW)).toBeLessThan(100 + 60);
  });
});

test("D23 a hold that waits for others is parsed once, too", async () => {
  const room = await server.newRoom();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => session(room, undefined, "&cbor=true")));
  const frames = () =>
    sessions.map(({ client }) => client.frames.filter(({ type }) => type === "holds").length);
  for (const { client } of sessions) client.send(get("k"));
  const move = (x: number) => {
    for (const { client } of sessions) client.send(hold("k", { x }));
  };
  move(0);
  await Promise.all(sessions.map(({ client }) => client.settle()));
  const parse = vi.spyOn(JSON, "parse");
  const ROUNDS = 5;
  for (let x = 1; x <= ROUNDS; x++) {
    move(x);
    await expect
      .poll(() => JSON.stringify(sessions.map(({ client }) => client.frames.at(-1))))
      .toContain(`"x":${x}`);
  }
  await Promise.all(sessions.map(({ client }) => client.settle()));
  expect(Math.min(...frames())).toBeGreaterThan(0);
  const values = parse.mock.calls.filter(([text]) => String(text).includes('"x"'));
  expect(values.length).toBe(ROUNDS * sessions.length);
});

test("M5 what many send in one turn is one transaction, and one frame of acks for each", async () => {
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
  // One for what comes in one turn: eight sockets may be eight turns, and each window in two parts.
  expect(rows.filter(({ length }) => length > 0).length).toBeLessThanOrEqual(16);
  expect(Math.max(...acks)).toBeLessThanOrEqual(3);
});

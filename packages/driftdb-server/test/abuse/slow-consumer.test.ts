import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { append, get, relay } from "../messages.js";
import type { RawClient } from "../raw-client.js";
import { session } from "../session.js";
import { enter, TestServer } from "../test-server.js";

/** Starts or stops reading from the network. */
function read(client: RawClient, whether: boolean): void {
  const { _socket: socket } = client.socket as unknown as { _socket: Socket };
  if (whether) socket.resume();
  else socket.pause();
}

test("S12 closes a client that does not read, and other clients notice nothing", async () => {
  const server = await TestServer.start();
  const room = await server.newRoom();
  const [sender, neighbour, stuck] = [await enter(room), await enter(room), await enter(room)];
  read(stuck, false);
  const value = "x".repeat(500_000);
  for (let i = 0; i < 40; i++) {
    sender.send(relay("k", value));
    await sender.drain();
  }
  read(stuck, true);
  // It gets the frames that were sent, and then the close, unless the server cuts it before.
  expect([1006, 4008]).toContain((await stuck.ended).code);
  expect(stuck.frames.length).toBeLessThan(40);
  expect(await neighbour.drain()).toHaveLength(40);
});

/** A room whose key `k` retains `count` values. */
async function longHistory(count: number, value: string) {
  const server = await TestServer.start("memory", false);
  const room = await server.newRoom();
  const writer = await enter(room);
  for (let i = 0; i < count; i++) {
    writer.send(append("k", value));
    // The writer reads its own broadcast before it sends the next one.
    await writer.drain();
  }
  return { room, writer };
}

test("S12 does not close a client for small messages while it reads a large history slowly", async () => {
  const { room, writer } = await longHistory(11, "x".repeat(700_000));
  const client = await enter(room);
  client.send(get("k"));
  read(client, false);
  for (let i = 0; i < 200; i++) {
    writer.send(relay("small", i));
    await writer.drain();
  }
  read(client, true);
  expect(await client.drain()).toHaveLength(201);
});

test("S10 takes over a session while its connection does not read a history", async () => {
  const { room, writer } = await longHistory(11, "x".repeat(700_000));
  const { client, cid } = await session(room);
  client.send(get("k"));
  read(client, false);
  for (let i = 0; i < 20; i++) await writer.drain();
  const { client: successor } = await session(room, cid);
  read(client, true);
  // The close follows a fragment of the history, whose rest is never sent.
  expect((await client.ended).code).toBe(4001);
  expect(client.frames.map(({ type }) => type)).toEqual(["hello"]);
  successor.send(get("k"));
  expect(await successor.drain()).toHaveLength(1);
});

test.each([
  ["plain", ""],
  ["session", `?v=2&cid=${"c".repeat(22)}`],
])("D18 does not buffer many histories that a client does not read (%s)", async (_level, query) => {
  const { room } = await longHistory(6, "x".repeat(1_000_000));
  const client = await enter(room, query);
  await client.drain();
  read(client, false);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 30; i++) client.send(get("k"));
  const neighbour = await enter(room);
  for (let i = 0; i < 20; i++) await neighbour.drain();
  // Thirty histories have 180 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  read(client, true);
  // All of them arrive when the client reads.
  expect(await client.drain()).toHaveLength(30);
});

import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { append, get, relay } from "../messages.js";
import type { RawClient } from "../raw-client.js";
import { session } from "../session.js";
import { enter, TestServer } from "../test-server.js";

/** Stops, or goes on, taking anything from the network. */
function read(client: RawClient, whether: boolean): void {
  const { _socket: socket } = client.socket as unknown as { _socket: Socket };
  if (whether) socket.resume();
  else socket.pause();
}

test("S12 a client that does not read is closed, and nobody else notices", async () => {
  const server = await TestServer.start();
  const room = await server.newRoom();
  const [sender, neighbour, stuck] = [await enter(room), await enter(room), await enter(room)];
  read(stuck, false);
  const value = "x".repeat(500_000);
  for (let i = 0; i < 40; i++) {
    sender.send(relay("k", value));
    await sender.settle();
  }
  read(stuck, true);
  // It gets what had been sent, and then the close, or is cut off before.
  expect([1006, 4008]).toContain((await stuck.ended).code);
  expect(stuck.frames.length).toBeLessThan(40);
  expect(await neighbour.settle()).toHaveLength(40);
});

/** A room whose key `k` has a history of so many large values. */
async function longHistory(count: number, value: string) {
  const server = await TestServer.start("memory", false);
  const room = await server.newRoom();
  const writer = await enter(room);
  for (let i = 0; i < count; i++) {
    writer.send(append("k", value));
    // The writer is told of all of it, and must not have more unread than one.
    await writer.settle();
  }
  return { room, writer };
}

test("S12 a client that is slow with a history of large values is not closed for a small message", async () => {
  const { room, writer } = await longHistory(11, "x".repeat(700_000));
  const client = await enter(room);
  client.send(get("k"));
  read(client, false);
  for (let i = 0; i < 200; i++) {
    writer.send(relay("small", i));
    await writer.settle();
  }
  read(client, true);
  expect(await client.settle()).toHaveLength(201);
});

test("S10 a session is taken over in the midst of a history that is not read", async () => {
  const { room, writer } = await longHistory(11, "x".repeat(700_000));
  const { client, cid } = await session(room);
  client.send(get("k"));
  read(client, false);
  for (let i = 0; i < 20; i++) await writer.settle();
  const { client: heir } = await session(room, cid);
  read(client, true);
  // Between two fragments, after which nothing comes.
  expect((await client.ended).code).toBe(4001);
  expect(client.frames.map(({ type }) => type)).toEqual(["hello"]);
  heir.send(get("k"));
  expect(await heir.settle()).toHaveLength(1);
});

test.each([
  ["plain", ""],
  ["session", `?v=2&cid=${"c".repeat(22)}`],
])("D18 histories that are asked for and not read are not piled up (%s)", async (_level, query) => {
  const { room } = await longHistory(6, "x".repeat(1_000_000));
  const client = await enter(room, query);
  await client.settle();
  read(client, false);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 30; i++) client.send(get("k"));
  const neighbour = await enter(room);
  for (let i = 0; i < 20; i++) await neighbour.settle();
  // Thirty histories are 180 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  read(client, true);
  // All of them come once the client reads.
  expect(await client.settle()).toHaveLength(30);
});

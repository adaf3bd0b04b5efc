import { once } from "node:events";
import { expect, test } from "vitest";
import { append } from "../messages.js";
import { enter, TestServer } from "../test-server.js";

test("P12 answers a WebSocket ping with a pong of the same payload", async () => {
  const server = await TestServer.start();
  const client = await enter(await server.newRoom());
  for (const payload of ["", "hello", "x".repeat(125)]) {
    const ponged = once(client.socket, "pong");
    client.socket.ping(payload);
    const [data] = (await ponged) as [Buffer];
    expect(data.toString()).toBe(payload);
  }
  expect(await client.drain()).toEqual([]);
});

test("P12 ignores an unsolicited pong", async () => {
  const server = await TestServer.start();
  const room = await server.newRoom();
  const [client, neighbour] = [await enter(room), await enter(room)];
  for (let i = 0; i < 100; i++) client.socket.pong(`nobody asked ${i}`);
  client.send(append("k", 1));
  expect(await client.drain()).toEqual([{ type: "push", key: "k", value: 1, seq: 1 }]);
  expect(await neighbour.drain()).toHaveLength(1);
});

test("P12 pings between the fragments of a message do not change it", async () => {
  const server = await TestServer.start();
  const client = await enter(await server.newRoom());
  const text = JSON.stringify(append("k", "in pieces"));
  client.socket.send(text.slice(0, 10), { fin: false });
  client.socket.ping("between");
  client.socket.send(text.slice(10), { fin: true });
  expect(await client.next()).toMatchObject({ type: "push", value: "in pieces" });
});

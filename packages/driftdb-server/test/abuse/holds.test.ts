import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { append, get, hold } from "../messages.js";
import type { Down } from "../raw-client.js";
import { newCid, session } from "../session.js";
import { enter, TestServer } from "../test-server.js";

const errors = (frames: readonly Down[]) => frames.filter(({ type }) => type === "error");

test("D20 limits the small holds of one session by the number of keys", async () => {
  const server = await TestServer.start();
  const room = await server.newRoom();
  const { client } = await session(room);
  for (let i = 0; i < 1_100; i++) client.send(hold(`${i}`, 0));
  const refused = errors(await client.drain());
  expect(refused).toHaveLength(100);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["too_many_keys"]));
  // The session and the room go on.
  client.send(hold("0", 1));
  client.send(append("k", 1));
  expect(errors(await client.drain())).toEqual([]);
});

test("D20 limits the small holds of many sessions by all of their bytes, not only their values", async () => {
  const server = await TestServer.start("memory", { keys: 60, bytesPerRoom: 20_000 });
  const room = await server.newRoom();
  const key = (i: number) => `${i}`.padStart(72, "key");
  let held = 0;
  for (let i = 0; i < 5; i++) {
    const { client } = await session(room, newCid(), "&keys=all");
    for (let j = 0; j < 60; j++) client.send(hold(key(i * 60 + j), 0));
    const frames = await client.drain();
    held += frames.filter(({ type }) => type === "push").length;
    expect(new Set(errors(frames).map(({ code }) => code))).toEqual(new Set(i ? ["room_full"] : []));
  }
  // Each hold has 72 bytes for the key, 1 for the value, and 128.
  expect(held).toBe(Math.floor(20_000 / 201));
});

test("D20 limits the holds of an init like its retained messages", async () => {
  const server = await TestServer.start("memory", { bytesPerKey: 20_000 });
  const room = await server.newRoom();
  const codes: unknown[] = [];
  for (let i = 0; i < 30; i++) {
    const { client } = await session(room);
    client.send(hold("k", "x".repeat(998)));
    codes.push(...errors(await client.drain()).map(({ code }) => code));
  }
  const { client } = await session(room);
  client.send(get("k"));
  const held = (await client.drain())[0]?.held as unknown[];
  // Each hold has 1 byte for the key, 1,000 for the value, and 128.
  expect(held).toHaveLength(17);
  expect(codes).toEqual(Array(13).fill("stream_full"));
});

test("S12 closes a client that does not read holds, and other clients notice nothing", async () => {
  const server = await TestServer.start();
  const room = await server.newRoom();
  const holder = await session(room);
  const [stuck, neighbour] = [
    await session(room, newCid(), "&keys=all"),
    await session(room, newCid(), "&keys=all"),
  ];
  const plain = await enter(room);
  const { _socket: socket } = stuck.client.socket as unknown as { _socket: Socket };
  socket.pause();
  const value = "x".repeat(500_000);
  for (let i = 0; i < 40; i++) {
    holder.client.send(hold("k", `${value}${i}`));
    await holder.client.drain();
    await plain.drain();
  }
  socket.resume();
  expect([1006, 4008]).toContain((await stuck.client.ended).code);
  expect(stuck.client.frames.length).toBeLessThan(40);
  expect(await neighbour.client.drain()).toHaveLength(40);
  expect(plain.frames.filter(({ type }) => type === "push")).toHaveLength(40);
});

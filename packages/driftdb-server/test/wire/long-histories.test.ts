import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { Payload } from "../../src/engine/payload.js";
import { append, get, relay } from "../messages.js";
import type { Down } from "../raw-client.js";
import { rawSocket } from "../raw-socket.js";
import { session } from "../session.js";
import { ENGINES, enter, post, retained, TestServer } from "../test-server.js";

const COUNT = 9_000;
/** A value of some 600 bytes, with text that is not ASCII. */
const entry = (i: number) => ({ i, text: "é".repeat(280) });
const expected = Array.from({ length: COUNT }, (_, i) => entry(i));
const isInit = ({ type }: Down) => type === "init";
const valuesOf = (init: Down) => (init.data as { value: unknown }[]).map(({ value }) => value);

describe.each(ENGINES)("a history of some megabytes (%s)", (engine) => {
  const start = async () => {
    const server = await TestServer.start(engine, false);
    const room = await server.newRoom();
    const writer = await enter(room);
    for (let i = 0; i < COUNT; i++) {
      writer.send(append("long", entry(i)));
      // The writer reads its own broadcasts before they are too many for it (S12).
      if (i % 500 === 499) await writer.drain();
    }
    return { room, writer };
  };

  test("P5, P7, P9, S7 is one message, the same in both codecs and at both levels", async () => {
    const { room } = await start();
    const clients = [
      await enter(room),
      await enter(room, "?cbor=true"),
      (await session(room)).client,
      (await session(room, undefined, "&cbor=true")).client,
    ];
    for (const client of clients) client.send(get("long"));
    for (const client of clients) expect(valuesOf(await client.until(isInit))).toEqual(expected);
    const overHttp = (await retained(room, "long")) as { value: unknown }[];
    expect(overHttp.map(({ value }) => value)).toEqual(expected);
  });

  test("M1, S6 arrives before later messages, and other clients do not wait", async () => {
    const { room, writer } = await start();
    const { client } = await session(room);
    const { client: other } = await session(room);
    const order: string[] = [];
    const look = (name: string, from: typeof client) =>
      from.socket.on("message", () => order.push(`${name} ${from.frames.at(-1)?.type}`));
    client.send(get("long"));
    // The server has read the get when it answers the ping: the history is on its way.
    look("reader", client);
    look("other", other);
    other.send({ type: "ping" });
    await other.until(({ type }) => type === "pong");
    writer.send(append("long", "later"));
    writer.send(relay("long", "relayed"));
    const pushed = await client.until(({ value }) => value === "relayed");
    expect(order.indexOf("other pong")).toBeLessThan(order.indexOf("reader init"));
    const [init, ...pushes] = client.frames.slice(client.frames.findIndex(isInit)) as [Down, ...Down[]];
    expect(valuesOf(init)).toEqual(expected);
    expect(init.head).toBe(COUNT);
    expect(pushes.map(({ value }) => value)).toEqual(["later", "relayed"]);
    expect(pushed.seq).toBe(COUNT + 2);
  });
});

describe("a long history over HTTP (P9)", () => {
  const start = async () => {
    const server = await TestServer.start("memory", false);
    const room = await server.newRoom();
    for (let i = 0; i < 70; i++) await post(room, append("k", "x".repeat(100_000)));
    return { server, room };
  };

  test("is encoded in parts, one per turn of the event loop, even for a fast client", async () => {
    const { room } = await start();
    const made = vi.spyOn(Payload.prototype, "json", "get");
    let most = 0;
    let before = 0;
    const look = () => {
      most = Math.max(most, made.mock.calls.length - before);
      before = made.mock.calls.length;
      turn = setImmediate(look);
    };
    let turn = setImmediate(look);
    const answer = await post(room, get("k"));
    await answer.text();
    clearImmediate(turn);
    made.mockRestore();
    expect(before).toBeGreaterThan(60);
    expect(most).toBeLessThan(4);
  });

  test("is dropped when the client disconnects, with a second request behind it", async () => {
    const { server, room } = await start();
    const socket = await rawSocket(server.port);
    const body = JSON.stringify(get("k"));
    const path = new URL(room.http_url).pathname;
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write((head + body).repeat(2));
    await once(socket, "readable");
    const made = vi.spyOn(Payload.prototype, "json", "get");
    socket.resetAndDestroy();
    expect(await retained(room, "other")).toEqual([]);
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    made.mockClear();
    expect(await retained(room, "other")).toEqual([]);
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });
});

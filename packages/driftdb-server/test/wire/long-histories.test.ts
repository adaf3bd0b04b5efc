import { once } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { Payload } from "../../src/engine/payload.js";
import { append, get, relay } from "../messages.js";
import type { Down } from "../raw-client.js";
import { rawSocket } from "../raw-socket.js";
import { session } from "../session.js";
import { ENGINES, enter, post, retained, TestServer } from "../test-server.js";

const COUNT = 9_000;
/** Of some 600 bytes, and not all of them ASCII. */
const madeOf = (i: number) => ({ i, text: "é".repeat(280) });
const expected = Array.from({ length: COUNT }, (_, i) => madeOf(i));
const isInit = ({ type }: Down) => type === "init";
const valuesOf = (init: Down) => (init.data as { value: unknown }[]).map(({ value }) => value);

describe.each(ENGINES)("a history of some megabytes (%s)", (engine) => {
  const start = async () => {
    const server = await TestServer.start(engine, false);
    const room = await server.newRoom();
    const writer = await enter(room);
    for (let i = 0; i < COUNT; i++) {
      writer.send(append("long", madeOf(i)));
      // Not more at once than the writer, who is told of all of it, may have unread (S12).
      if (i % 500 === 499) await writer.settle();
    }
    return { room, writer };
  };

  test("P5, P7, P9, S7 is one message, the same in both codecs, for all who ask", async () => {
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

  test("M1, S6 what is sent meanwhile comes after it, and nobody else waits for it", async () => {
    const { room, writer } = await start();
    const { client } = await session(room);
    const { client: other } = await session(room);
    const order: string[] = [];
    const look = (name: string, from: typeof client) =>
      from.socket.on("message", () => order.push(`${name} ${from.frames.at(-1)?.type}`));
    client.send(get("long"));
    // The get has been read when this is answered: from here on it is being sent.
    look("reader", client);
    look("other", other);
    other.send({ type: "ping" });
    await other.until(({ type }) => type === "pong");
    writer.send(append("long", "later"));
    writer.send(relay("long", "and not kept"));
    const pushed = await client.until(({ value }) => value === "and not kept");
    expect(order.indexOf("other pong")).toBeLessThan(order.indexOf("reader init"));
    const [init, ...pushes] = client.frames.slice(client.frames.findIndex(isInit)) as [Down, ...Down[]];
    expect(valuesOf(init)).toEqual(expected);
    expect(init.head).toBe(COUNT);
    expect(pushes.map(({ value }) => value)).toEqual(["later", "and not kept"]);
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

  test("is made a part in each turn of the event loop, however fast the client takes it", async () => {
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

  test("that a client has asked for twice, and goes away from, is given up", async () => {
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

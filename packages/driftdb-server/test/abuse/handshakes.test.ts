import { once } from "node:events";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { RawClient } from "../raw-client.js";
import { rawSocket, readAll, upgradeHead } from "../raw-socket.js";
import { enter, refusedUpgrade, TestServer } from "../test-server.js";

/** Connects when the server has a free place. It may notice the close of another connection later. */
async function enterEventually(connect: () => Promise<RawClient>): Promise<RawClient> {
  for (;;) {
    try {
      return await connect();
    } catch {
      await new Promise(setImmediate);
    }
  }
}

describe("P2 too many connections", () => {
  test.each([
    ["of an address", { connectionsPerAddress: 3 }],
    ["of the server", { connections: 3 }],
  ])("P2 refuses connections beyond the limit %s with 503, until one closes", async (_, limits) => {
    const server = await TestServer.start("memory", limits);
    const room = await server.newRoom();
    const [first, second] = [await enter(room), await enter(room), await enter(room)];
    const { status, body } = await refusedUpgrade(room.socket_url);
    expect(status).toBe(503);
    expect(body).toContain("too many connections");
    await first?.close();
    const another = await enterEventually(() => enter(room));
    expect((await refusedUpgrade(room.socket_url)).status).toBe(503);
    // A connection that was cut does not count either.
    second?.cut();
    await enterEventually(() => enter(room));
    expect(await another.drain()).toEqual([]);
  });

  test("P2 failed handshakes do not count as connections", async () => {
    const server = await TestServer.start("memory", { connections: 1 });
    const room = await server.newRoom();
    for (let i = 0; i < 5; i++) {
      expect((await refusedUpgrade(`${room.socket_url}x`)).status).toBe(404);
      expect((await refusedUpgrade(room.socket_url.replace(room.room, "nosuchroom"))).status).toBe(404);
      const socket = await rawSocket(server.port);
      const path = new URL(room.socket_url).pathname;
      socket.write(upgradeHead(path).replace("Version: 13", "Version: 7"));
      expect(await readAll(socket)).toMatch(/^HTTP\/1.1 (400|426)/);
    }
    expect(await (await enter(room)).drain()).toEqual([]);
  });
});

describe("P2 handshakes that go wrong", () => {
  test.each([
    ["half a request line", "GET /room/x"],
    ["headers without an end", upgradeHead("/room/x/connect").slice(0, -2)],
    ["nothing at all", ""],
  ])("P2 %s delays neither other clients nor the end of the server", async (_, sent) => {
    const server = await TestServer.start();
    const socket = await rawSocket(server.port);
    socket.write(sent);
    const client = await enter(await server.newRoom());
    expect(await client.drain()).toEqual([]);
    const closed = once(socket, "close");
    socket.on("end", () => socket.destroy());
    await server.close();
    await closed;
  });

  test("P2 half a frame delays neither other clients nor the end of the server", async () => {
    const server = await TestServer.start();
    const room = await server.newRoom();
    const socket = await rawSocket(server.port);
    // The header of a masked text frame of 100 bytes.
    socket.write(
      Buffer.concat([
        Buffer.from(upgradeHead(new URL(room.socket_url).pathname)),
        Buffer.from("81e4", "hex"),
      ]),
    );
    await once(socket, "data");
    const client = await enter(room);
    client.send({ type: "push", key: "k", value: 1, action: { type: "relay" } });
    expect(await client.drain()).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const closed = server.close();
    // The client never answers the close, so the server cuts it after a second.
    vi.advanceTimersByTime(1_000);
    await closed;
  });

  test.each([
    ["a reserved opcode", "83800000000"],
    ["a frame that is not masked", "8101"],
    ["a fragment of nothing", "80800000000"],
    ["a control frame in pieces", "09800000000"],
    ["a compressed frame", "c1800000000"],
  ])("P10 %s ends the connection, and other clients notice nothing", async (_, frame) => {
    const server = await TestServer.start();
    const room = await server.newRoom();
    const neighbour = await enter(room);
    const socket = await rawSocket(server.port);
    socket.write(upgradeHead(new URL(room.socket_url).pathname));
    await once(socket, "data");
    socket.write(Buffer.from(frame.padEnd(12, "0"), "hex"));
    socket.on("end", () => socket.end());
    await once(socket.resume(), "close");
    expect(await neighbour.drain()).toEqual([]);
  });

  test("P2 survives sockets that are reset during a handshake", async () => {
    const server = await TestServer.start("sqlite", { connections: 100 });
    const room = await server.newRoom();
    const head = upgradeHead(new URL(room.socket_url).pathname);
    for (let i = 0; i < 150; i++) {
      const socket = await rawSocket(server.port);
      // Each socket stops after another byte, and the last ones after the whole handshake.
      socket.write(head.slice(0, 1 + i * 2));
      if (i % 2) await new Promise(setImmediate);
      socket.resetAndDestroy();
    }
    const client = await enterEventually(() => enter(room));
    client.send({ type: "push", key: "k", value: 1, action: { type: "append" } });
    expect(await client.drain()).toHaveLength(1);
  });

  test("P2 survives sockets that are reset before the refusal", async () => {
    const server = await TestServer.start();
    for (let i = 0; i < 50; i++) {
      const socket = await rawSocket(server.port);
      socket.write(upgradeHead("/room/nosuchroom/connect"));
      socket.resetAndDestroy();
    }
    expect(await (await enter(await server.newRoom())).drain()).toEqual([]);
  });

  test("P2 a refused client that leaves its half open does not delay the end of the server", async () => {
    const server = await TestServer.start();
    const socket = await rawSocket(server.port);
    socket.write(upgradeHead("/room/nosuchroom/connect"));
    expect(await readAll(socket)).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
    await server.close();
  });

  test("P9 cuts a body without an end, and serves other clients", async () => {
    const server = await TestServer.start();
    const room = await server.newRoom();
    const socket = await rawSocket(server.port);
    const path = new URL(room.http_url).pathname;
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n`,
    );
    let open = true;
    const answer = readAll(socket).then((text) => {
      open = false;
      return text;
    });
    const chunk = Buffer.alloc(256 * 1_024, " ");
    while (open) {
      if (!socket.write(chunk))
        await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), answer]);
      await new Promise(setImmediate);
    }
    expect(await answer).toMatch(/^HTTP\/1.1 413 |^$/);
    expect((await fetch(`${server.url}healthz`)).status).toBe(200);
  });
});

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CLOSE_RESTART, type RoomResult } from "driftdb-protocol";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocketServer } from "ws";
import { httpHost } from "../../test/http-host.js";
import { append } from "../../test/messages.js";
import { RawClient } from "../../test/raw-client.js";
import { rawSocket, readAll, upgradeHead } from "../../test/raw-socket.js";
import { enter, post } from "../../test/test-server.js";
import { createServer, type ServerOptions } from "../create-server.js";

async function newRoom(url: string): Promise<RoomResult> {
  return (await (await fetch(`${url}new`, { method: "POST" })).json()) as RoomResult;
}

function create(options: ServerOptions = {}) {
  const server = createServer({ memory: true, limits: false, ...options });
  onTestFinished(() => server.close());
  return server;
}

async function text(url: string, method = "GET"): Promise<string> {
  return (await fetch(url, { method, headers: { connection: "close" } })).text();
}

describe("attach", () => {
  test("P1 serves its path, and leaves the rest to the host's own listener", async () => {
    const { http, url } = await httpHost();
    create({ path: "/db" }).attach(http);
    const room = await newRoom(`${url}db/`);
    expect(room.http_url).toBe(`${url}db/room/${room.room}/send`);
    const client = await enter(room);
    await post(room, append("k", 1));
    expect(await client.next()).toMatchObject({ type: "push", seq: 1 });
    expect(await text(url)).toBe("host GET /");
    expect(await text(`${url}new`, "POST")).toBe("host POST /new");
    expect(await text(`${url}dbx`)).toBe("host GET /dbx");
    expect((await fetch(`${url}db/nothing`)).status).toBe(404);
  });

  test.each(["before", "after"])("P2 the host's own WebSockets, added %s it, still work", async (when) => {
    const { http, url } = await httpHost();
    const server = create({ path: "/db" });
    const own = new WebSocketServer({ noServer: true });
    const addOwn = () =>
      http.on("upgrade", (request, socket, head) => {
        if (request.url !== "/own") return;
        own.handleUpgrade(request, socket, head, (socket) => socket.send('{"type":"own"}'));
      });
    if (when === "before") addOwn();
    server.attach(http);
    if (when === "after") addOwn();
    const ofHost = await RawClient.connect(`${url.replace("http", "ws")}own`);
    onTestFinished(() => ofHost.socket.terminate());
    expect(await ofHost.next()).toEqual({ type: "own" });
    const ours = await enter(await newRoom(`${url}db/`));
    expect(await ours.drain()).toEqual([]);
    await server.close();
    expect((await ours.ended).code).toBe(CLOSE_RESTART);
    // The server leaves the host's own sockets open.
    expect(ofHost.socket.readyState).toBe(ofHost.socket.OPEN);
  });

  test("P2 works with a WebSocketServer of the host that refuses all other paths", async () => {
    const { http, url } = await httpHost();
    const own = new WebSocketServer({ server: http, path: "/own" });
    own.on("connection", (socket) => socket.send('{"type":"own"}'));
    create({ path: "/db" }).attach(http);
    const ours = await enter(await newRoom(`${url}db/`));
    expect(await ours.drain()).toEqual([]);
    const ofHost = await RawClient.connect(`${url.replace("http", "ws")}own`);
    onTestFinished(() => ofHost.socket.terminate());
    expect(await ofHost.next()).toEqual({ type: "own" });
  });

  test("P2 refuses an upgrade that no other listener can answer", async () => {
    const { http, url } = await httpHost();
    create({ path: "/db" }).attach(http);
    const socket = await rawSocket(Number(new URL(url).port));
    socket.write(upgradeHead("/elsewhere"));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });

  test("P9 refuses a request that no other listener can answer", async () => {
    const http = createHttpServer();
    onTestFinished(() => void http.close().closeAllConnections());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    create({ path: "/db" }).attach(http);
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(`${url}db/healthz`)).status).toBe(200);
  });

  test("two servers share one host", async () => {
    const { http, url } = await httpHost();
    create({ path: "/one" }).attach(http);
    create({ path: "/two" }).attach(http);
    const room = await newRoom(`${url}one/`);
    expect((await fetch(`${url}one/room/${room.room}`)).status).toBe(200);
    expect((await fetch(`${url}two/room/${room.room}`)).status).toBe(404);
    expect(await (await enter(await newRoom(`${url}two/`))).drain()).toEqual([]);
    expect(await (await enter(room)).drain()).toEqual([]);
    expect(await text(url)).toBe("host GET /");
  });

  test("close restores the listeners of the host, which goes on", async () => {
    const { http, url } = await httpHost();
    const onUpgrade = () => {};
    http.on("upgrade", onUpgrade);
    const before = [http.listeners("request"), http.listeners("upgrade")];
    const server = create({ path: "/db" });
    server.attach(http);
    expect(http.listeners("request")).not.toEqual(before[0]);
    const client = await enter(await newRoom(`${url}db/`));
    await server.close();
    await server.close();
    expect((await client.ended).code).toBe(CLOSE_RESTART);
    expect([http.listeners("request"), http.listeners("upgrade")]).toEqual(before);
    expect(http.listening).toBe(true);
    expect(await text(`${url}db/new`, "POST")).toBe("host POST /db/new");
  });

  test("the server that was mounted first may close first", async () => {
    const { http, url } = await httpHost();
    const [one, two] = [create({ path: "/one" }), create({ path: "/two" })];
    one.attach(http);
    two.attach(http);
    await one.close();
    expect(await text(`${url}one/new`, "POST")).toBe("host POST /one/new");
    expect(await (await enter(await newRoom(`${url}two/`))).drain()).toEqual([]);
    const answered = vi.fn();
    http.on("request", answered);
    expect(await text(url)).toBe("host GET /");
    expect(answered).toHaveBeenCalledTimes(1);
    await two.close();
    expect(await text(`${url}two/new`, "POST")).toBe("host POST /two/new");
  });

  test("connections that open and close leave no listener on the host", async () => {
    const { http, url } = await httpHost();
    create({ path: "/db" }).attach(http);
    const listeners = () => http.eventNames().map((name) => [name, http.listenerCount(name)]);
    const before = listeners();
    for (let i = 0; i < 200; i++) {
      const client = await RawClient.connect((await newRoom(`${url}db/`)).socket_url);
      await client.close();
    }
    expect(listeners()).toEqual(before);
  });
});

import { CLOSE_RESTART, type RoomResult } from "driftdb-protocol";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { httpHost } from "../test/http-host.js";
import { append } from "../test/messages.js";
import { enter, post, refusedUpgrade, retained, temporaryDirectory } from "../test/test-server.js";
import { createServer, type ServerOptions } from "./create-server.js";

async function newRoom(url: string): Promise<RoomResult> {
  return (await (await fetch(`${url}new`, { method: "POST" })).json()) as RoomResult;
}

function create(options: ServerOptions = {}) {
  const server = createServer({ memory: true, limits: false, ...options });
  onTestFinished(() => server.close());
  return server;
}

describe("createServer, listen", () => {
  test("resolves with the URL for new Api", async () => {
    const url = await create().listen({ port: 0 });
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await newRoom(url)).http_url.startsWith(url)).toBe(true);
  });

  test.each([
    ["db", "/db/"],
    ["/db", "/db/"],
    ["/db/", "/db/"],
    ["a/b", "/a/b/"],
    ["/", "/"],
    ["", "/"],
  ])("serves path %j under %s, and nothing else", async (path, prefix) => {
    const url = await create({ path }).listen({ port: 0 });
    expect(new URL(url).pathname).toBe(prefix);
    const room = await newRoom(url);
    expect(new URL(room.socket_url).pathname).toBe(`${prefix}room/${room.room}/connect`);
    const client = await enter(room);
    await post(room, append("k", 1));
    expect(await client.next()).toMatchObject({ type: "push", seq: 1 });
    if (prefix !== "/") {
      expect((await fetch(`${new URL(url).origin}/new`, { method: "POST" })).status).toBe(404);
      const socket_url = room.socket_url.replace(prefix, "/");
      expect((await refusedUpgrade(socket_url)).status).toBe(404);
    }
  });

  test("serves the same rooms on several ports", async () => {
    const server = create();
    const [one, other] = [await server.listen({ port: 0 }), await server.listen({ port: 0 })];
    const { room } = await newRoom(one);
    expect((await fetch(`${other}room/${room}`)).status).toBe(200);
  });

  test("rejects when the port is in use, and can then listen on another", async () => {
    const { url } = await httpHost();
    const server = create();
    await expect(server.listen({ port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    expect((await fetch(`${await server.listen({ port: 0 })}healthz`)).status).toBe(200);
  });

  test("refuses an invalid limit, and a directory in use", async () => {
    expect(() => createServer({ memory: true, limits: { keys: 0 } })).toThrow(RangeError);
    const data = temporaryDirectory();
    create({ memory: false, data });
    expect(() => createServer({ data })).toThrow("in use by another server");
  });
});

describe("createServer, close", () => {
  test("is idempotent, and resolves when the server is closed", async () => {
    const server = create();
    const url = await server.listen({ port: 0 });
    const closing = server.close();
    expect(server.close()).toBe(closing);
    await closing;
    await expect(fetch(url)).rejects.toThrow();
    await server.close();
  });

  test("releases the data of a server that never listened", async () => {
    const data = temporaryDirectory();
    await createServer({ data }).close();
    await createServer({ data }).close();
  });

  test("S13 closes connections with 1012, so that clients reconnect later", async () => {
    const server = create();
    const room = await newRoom(await server.listen({ port: 0 }));
    const clients = [await enter(room), await enter(room, "?cbor=true"), await enter(room)];
    await server.close();
    for (const client of clients) expect((await client.ended).code).toBe(CLOSE_RESTART);
  });

  test("cuts the connections of clients that do not answer within a second", async () => {
    const server = create();
    const room = await newRoom(await server.listen({ port: 0 }));
    const [deaf, other] = [await enter(room), await enter(room)];
    deaf.socket.pause();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const closing = server.close();
    await other.ended;
    vi.advanceTimersByTime(1_000);
    await closing;
  });

  test("M5 commits the messages that it had received", async () => {
    const data = temporaryDirectory();
    const server = create({ memory: false, data });
    const room = await newRoom(await server.listen({ port: 0 }));
    const client = await enter(room);
    for (let i = 1; i <= 500; i++) client.send(append("k", i));
    // Some messages are still on their way. Every message that was broadcast must be on disk.
    await client.until(({ value }) => value === 100);
    await server.close();
    await client.ended;
    const seen = client.frames
      .filter(({ type }) => type === "push")
      .map(({ value, seq }) => ({ value, seq }));
    const again = create({ memory: false, data });
    const url = await again.listen({ port: 0 });
    const kept = (await retained({ ...room, http_url: `${url}room/${room.room}/send` }, "k")) as unknown[];
    expect(kept.slice(0, seen.length)).toEqual(seen);
  });

  test("makes listen and attach throw afterwards", async () => {
    const server = create();
    const { http } = await httpHost();
    await server.close();
    await expect(server.listen({ port: 0 })).rejects.toThrow("the server is closed");
    expect(() => server.attach(http)).toThrow("the server is closed");
  });

  test("leaves no port open when a listen is pending", async () => {
    const server = create();
    const listening = server.listen({ port: 0 });
    const refused = expect(listening).rejects.toThrow("the server is closed");
    await server.close();
    await refused;
  });
});

import { request } from "node:http";
import type { RoomResult } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import { append } from "../messages.js";
import { ENGINES, post, refusedUpgrade, retained, TestServer } from "../test-server.js";

/** A room's URLs for a client that names another host. */
function newRoomAs(server: TestServer, headers: Record<string, string>): Promise<RoomResult> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}new`, { method: "POST", headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve(JSON.parse(body) as RoomResult));
    });
    sent.on("error", reject).end();
  });
}

describe.each(ENGINES)("P1 rooms, %s", (engine) => {
  test("P1 POST /new answers with the addresses of the new room", async () => {
    const server = await TestServer.start(engine);
    const response = await fetch(`${server.url}new`, { method: "POST" });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const answer = (await response.json()) as RoomResult;
    expect(answer).toEqual({
      room: answer.room,
      socket_url: `ws://127.0.0.1:${server.port}/room/${answer.room}/connect`,
      http_url: `http://127.0.0.1:${server.port}/room/${answer.room}/send`,
    });
  });

  test("P1 GET /room/<id> answers the same", async () => {
    const server = await TestServer.start(engine);
    const room = await server.newRoom();
    const response = await fetch(`${server.url}room/${room.room}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(room);
  });

  test("P1 GET /room/<id> answers 404 for an unknown room", async () => {
    const server = await TestServer.start(engine);
    const response = await fetch(`${server.url}room/0123456789abcdefghjkmnpqrs`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ type: "error", code: "no_such_room" });
  });

  test("P1 a room's id is unique and has at least 128 bits", async () => {
    const server = await TestServer.start(engine);
    const rooms = await Promise.all(Array.from({ length: 50 }, () => server.newRoom()));
    const ids = rooms.map(({ room }) => room);
    expect(new Set(ids).size).toBe(50);
    // 26 characters of an alphabet of 32 have 130 bits.
    for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
  });

  test("P1 the use of an unknown id makes no room", async () => {
    const server = await TestServer.start(engine);
    const id = "thisroomwasmadeupbyaclient";
    const made_up = {
      room: id,
      socket_url: `ws://127.0.0.1:${server.port}/room/${id}/connect`,
      http_url: `${server.url}room/${id}/send`,
    };
    expect((await post(made_up, append("k", 1))).status).toBe(404);
    expect((await refusedUpgrade(made_up.socket_url)).status).toBe(404);
    expect((await fetch(`${server.url}room/${id}`)).status).toBe(404);
  });

  test("P1 no other spelling of an id reaches the room", async () => {
    const server = await TestServer.start(engine);
    const { room } = await server.newRoom();
    for (const spelling of [
      room.toUpperCase(),
      `${room}%20`,
      `%20${room}`,
      `${room}%00`,
      room.slice(1),
      ".",
    ]) {
      expect((await fetch(`${server.url}room/${spelling}`)).status, spelling).toBe(404);
    }
  });

  test("P1 socket_url has no query string", async () => {
    const server = await TestServer.start(engine);
    const response = await fetch(`${server.url}new?cbor=true&debug=true`, { method: "POST" });
    const { room, socket_url, http_url } = (await response.json()) as RoomResult;
    expect([socket_url, http_url].join()).not.toContain("?");
    const again = (await (await fetch(`${server.url}room/${room}?cbor=true`)).json()) as RoomResult;
    expect(again).toEqual({ room, socket_url, http_url });
  });
});

test("P1 the URLs have the host that the client names", async () => {
  const server = await TestServer.start();
  const { room, socket_url, http_url } = await newRoomAs(server, { host: "board.example:8443" });
  expect(socket_url).toBe(`ws://board.example:8443/room/${room}/connect`);
  expect(http_url).toBe(`http://board.example:8443/room/${room}/send`);
});

test("P1 ignores the headers of proxies", async () => {
  const server = await TestServer.start();
  const { socket_url } = await newRoomAs(server, {
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "https",
    forwarded: "host=evil.example;proto=https",
  });
  expect(new URL(socket_url).origin).toBe(new URL(server.url.replace("http", "ws")).origin);
});

test("P1 rooms survive a restart, empty or not", async () => {
  const server = await TestServer.start("sqlite");
  const [empty, used] = [await server.newRoom(), await server.newRoom()];
  await post(used, append("k", "x"));
  await server.restart();
  expect(await (await fetch(`${server.url}room/${empty.room}`)).json()).toEqual(empty);
  expect(await retained(empty, "k")).toEqual([]);
  expect(await retained(used, "k")).toEqual([{ value: "x", seq: 1 }]);
});

import { describe, expect, test } from "vitest";
import { TestServer } from "../test-server.js";

const ORIGIN = "https://app.example";

describe("P11 CORS", () => {
  test.each([
    ["POST", "new", 200],
    ["GET", "room/ROOM", 200],
    ["GET", "", 200],
    ["GET", "room/nosuchroom", 404],
    ["GET", "nothing", 404],
    ["GET", "new", 405],
    ["POST", "room/ROOM/send", 415],
    ["GET", "room/ROOM/connect", 426],
  ])("P11 any origin may read the answer to %s /%s (%d)", async (method, path, status) => {
    const server = await TestServer.start();
    const { room } = await server.newRoom();
    const url = server.url + path.replace("ROOM", room);
    const response = await fetch(url, { method, headers: { origin: ORIGIN } });
    expect(response.status).toBe(status);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  });

  test("P11 any origin may read a 429 and its Retry-After", async () => {
    const server = await TestServer.start("memory", { roomsPerMinute: 1 });
    await server.newRoom();
    const response = await fetch(`${server.url}new`, { method: "POST", headers: { origin: ORIGIN } });
    expect(response.status).toBe(429);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-expose-headers")).toContain("retry-after");
  });

  test.each(["new", "room/ROOM", "room/ROOM/send", "room/nosuchroom/send"])(
    "P11 answers a preflight of /%s with the allowed methods and headers",
    async (path) => {
      const server = await TestServer.start();
      const { room } = await server.newRoom();
      const response = await fetch(server.url + path.replace("ROOM", room), {
        method: "OPTIONS",
        headers: {
          origin: ORIGIN,
          "access-control-request-method": "POST",
          "access-control-request-headers": "content-type",
        },
      });
      expect(response.status).toBe(204);
      const { headers } = response;
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(list(headers.get("access-control-allow-methods"))).toEqual(["get", "options", "post"]);
      expect(list(headers.get("access-control-allow-headers"))).toEqual([
        "accept",
        "authorization",
        "content-type",
        "last-event-id",
      ]);
      expect(headers.has("access-control-allow-credentials")).toBe(false);
      expect(await response.text()).toBe("");
    },
  );

  test("P11 a preflight does not count as a message or a new room", async () => {
    const server = await TestServer.start("memory", {
      roomsPerMinute: 1,
      messagesPerSecond: 1,
      messageBurst: 1,
    });
    for (let i = 0; i < 10; i++) await fetch(`${server.url}new`, { method: "OPTIONS" });
    const room = await server.newRoom();
    for (let i = 0; i < 10; i++) await fetch(room.http_url, { method: "OPTIONS" });
    const headers = { "content-type": "application/json" };
    const sent = await fetch(room.http_url, { method: "POST", headers, body: '{"type":"ping"}' });
    expect(sent.status).toBe(200);
  });

  test("P11 answers with a room's id forbid caches and referrers", async () => {
    const server = await TestServer.start();
    const { room } = await server.newRoom();
    const { headers } = await fetch(`${server.url}room/${room}`);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

function list(header: string | null): string[] {
  return (header ?? "")
    .split(",")
    .map((item) => item.trim().toLowerCase())
    .sort();
}

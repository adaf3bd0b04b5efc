import { MAX_MESSAGE_BYTES } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import { append, compact, get, relay, replace } from "../messages.js";
import { ENGINES, post, postBody, retained, TestServer } from "../test-server.js";

async function answer(response: Response): Promise<{ status: number; body: unknown }> {
  return { status: response.status, body: await response.json() };
}

describe.each(ENGINES)("P9 one message over HTTP, %s", (engine) => {
  async function room() {
    return (await TestServer.start(engine)).newRoom();
  }

  test.each([append, relay, replace])("P9 answers a push with null (%#)", async (push) => {
    expect(await answer(await post(await room(), push("k", 1)))).toEqual({ status: 200, body: null });
  });

  test("P9 answers a push with stream_size if the key then retains more than one message", async () => {
    const there = await room();
    await post(there, append("k", 1));
    const size = { status: 200, body: { type: "stream_size", key: "k", size: 2 } };
    expect(await answer(await post(there, append("k", 2)))).toEqual(size);
    expect(await answer(await post(there, compact("k", 1, 0)))).toEqual(size);
    expect(await answer(await post(there, compact("k", 2, 0)))).toEqual({ status: 200, body: null });
  });

  test("P9 answers a get with init", async () => {
    const there = await room();
    await post(there, append("k", "a"));
    await post(there, append("k", "b"));
    const data = [
      { value: "a", seq: 1 },
      { value: "b", seq: 2 },
    ];
    expect(await (await post(there, get("k"))).json()).toEqual({ type: "init", key: "k", data });
    expect(await (await post(there, get("k", 0))).json()).toEqual({ type: "init", key: "k", data });
    expect(await (await post(there, get("k", 1))).json()).toEqual({
      type: "init",
      key: "k",
      data: [data[1]],
    });
    expect(await (await post(there, get("x"))).json()).toEqual({ type: "init", key: "x", data: [] });
  });

  test("P9 answers a get of seq null with null", async () => {
    const there = await room();
    await post(there, append("k", 1));
    expect(await answer(await post(there, get("k", null)))).toEqual({ status: 200, body: null });
  });

  test("P9 answers a ping with pong", async () => {
    const there = await room();
    expect(await (await post(there, { type: "ping", nonce: 7 })).json()).toEqual({ type: "pong", nonce: 7 });
    expect(await (await post(there, { type: "ping" })).json()).toEqual({ type: "pong" });
  });

  test("P9 answers 404 for any request to an unknown room", async () => {
    const there = await room();
    const http_url = there.http_url.replace(there.room, "0123456789abcdefghjkmnpqrs");
    for (const message of [append("k", 1), get("k"), { type: "ping" }]) {
      expect((await answer(await post({ ...there, http_url }, message))).status).toBe(404);
    }
  });

  test.each(["", "{", "undefined", '{"type":"ping"}}', "\ufeff{}", "NaN", "'x'"])(
    "P9 answers 400 for %j, which is not JSON",
    async (body) => {
      expect(await answer(await postBody(await room(), body))).toEqual({
        status: 400,
        body: { type: "error", message: expect.stringContaining("not JSON"), code: "not_json" },
      });
    },
  );

  test("P9 answers 400 for bytes that are not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"type":"ping","x":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect((await postBody(await room(), new Uint8Array(body))).status).toBe(400);
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/cbor", "application/jsonp", ""])(
    "P9 answers 415 for the content type %j",
    async (type) => {
      expect(await answer(await postBody(await room(), '{"type":"ping"}', type))).toMatchObject({
        status: 415,
      });
    },
  );

  test.each(["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"])(
    "P9 accepts the content type %j",
    async (type) => {
      expect((await postBody(await room(), '{"type":"ping"}', type)).status).toBe(200);
    },
  );

  test.each([
    ["no object", 1, "bad_message"],
    ["no type", {}, "bad_message"],
    ["an unknown type", { type: "hello" }, "bad_message"],
    ["no key", { type: "get" }, "bad_key"],
    ["a key that is no string", get(1 as unknown as string), "bad_key"],
    ["a value of null", append("k", null), "bad_value"],
    ["no value", append("k", undefined), "bad_value"],
    ["no action", { type: "push", key: "k", value: 1 }, "bad_action"],
    ["an unknown action", { type: "push", key: "k", value: 1, action: { type: "hold" } }, "bad_action"],
    [
      "a compaction without seq",
      { type: "push", key: "k", value: 1, action: { type: "compact" } },
      "bad_seq",
    ],
    ["a seq that is no number", { type: "get", key: "k", seq: "1" }, "bad_seq"],
    ["a nonce that is no number", { type: "ping", nonce: "1" }, "bad_nonce"],
  ])("P9 answers 422 for %s, and changes nothing", async (_, message, code) => {
    const there = await room();
    expect(await answer(await post(there, message as object))).toEqual({
      status: 422,
      body: { type: "error", message: expect.any(String), code },
    });
    expect(await retained(there, "k")).toEqual([]);
  });

  test.each([
    ["one byte", 1],
    ["half as much again", MAX_MESSAGE_BYTES / 2],
    ["four times as much", 4 * MAX_MESSAGE_BYTES],
  ])("P9 answers 413 for a message that is too large by %s", async (_, beyond) => {
    const there = await room();
    const whole = JSON.stringify(append("k", ""));
    const value = "x".repeat(MAX_MESSAGE_BYTES - whole.length);
    expect((await post(there, append("k", value))).status).toBe(200);
    expect(await answer(await post(there, append("k", value + "x".repeat(beyond))))).toMatchObject({
      status: 413,
      body: { type: "error", code: "too_large" },
    });
    expect(await retained(there, "k")).toEqual([{ value, seq: 1 }]);
  });
});

describe("P9 the rest of HTTP", () => {
  test("P9 answers 429 with Retry-After for too many messages, under the default limits", async () => {
    const server = await TestServer.start("memory", {});
    const there = await server.newRoom();
    // More than the burst of 400, and the 200 messages per second that a slow machine gains meanwhile.
    const statuses: number[] = [];
    let refused: Response | undefined;
    while (!refused && statuses.length < 20_000) {
      const responses = await Promise.all(Array.from({ length: 100 }, () => post(there, { type: "ping" })));
      statuses.push(...responses.map(({ status }) => status));
      refused = responses.find(({ status }) => status === 429);
    }
    expect(statuses.slice(0, 400)).toEqual(Array.from({ length: 400 }, () => 200));
    expect(refused?.headers.get("retry-after")).toBe("1");
    expect(await refused?.json()).toMatchObject({ type: "error", code: "too_fast" });
  });

  test("P9 answers 429 with Retry-After for too many new rooms, under the default limits", async () => {
    const server = await TestServer.start("memory", {});
    const made = await Promise.all(
      Array.from({ length: 60 }, () => fetch(`${server.url}new`, { method: "POST" })),
    );
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 200));
    const refused = await fetch(`${server.url}new`, { method: "POST" });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
  });

  test.each([
    ["GET", "new", "POST"],
    ["PUT", "new", "POST"],
    ["POST", "room/ROOM", "GET, HEAD"],
    ["DELETE", "room/ROOM", "GET, HEAD"],
    ["GET", "room/ROOM/send", "POST"],
    ["POST", "", "GET, HEAD"],
  ])("P9 answers 405 with Allow for %s /%s", async (method, path, allow) => {
    const server = await TestServer.start();
    const { room } = await server.newRoom();
    const response = await fetch(server.url + path.replace("ROOM", room), { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
  });

  test.each(["nothing", "room", "room/", "room/ROOM/nothing", "room/ROOM/send/more", "%"])(
    "P9 answers 404 for /%s",
    async (path) => {
      const server = await TestServer.start();
      const { room } = await server.newRoom();
      expect((await fetch(server.url + path.replace("ROOM", room))).status).toBe(404);
    },
  );

  test("P9 answers 426 to plain HTTP at the WebSocket's address", async () => {
    const server = await TestServer.start();
    const { room } = await server.newRoom();
    expect((await fetch(`${server.url}room/${room}/connect`)).status).toBe(426);
  });

  test("P9 / lists the paths, and /healthz answers ok", async () => {
    const server = await TestServer.start();
    expect(await (await fetch(server.url)).text()).toContain("POST /new");
    expect(await (await fetch(`${server.url}healthz`)).text()).toBe("ok\n");
    expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
  });
});

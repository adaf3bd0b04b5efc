import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  DriftDBError,
  ForbiddenError,
  HttpError,
  RoomNotFoundError,
  ServerUnreachableError,
  TooManyRequestsError,
} from "../errors.js";
import { Api } from "./api.js";
import { HttpConnection } from "./http-connection.js";

const ROOM = {
  room: "secret",
  socket_url: "ws://x/room/secret/connect",
  http_url: "http://x/room/secret/send",
};

let server: Server | undefined;

afterEach(async () => {
  const running = server;
  server = undefined;
  running?.closeAllConnections();
  await new Promise((resolve) => (running ? running.close(resolve) : resolve(undefined)));
});

/** A server that answers everything in one way, and the requests that came. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`.trim());
      response.writeHead(status, headers).end(body);
    });
  };
  const listening = createServer(listener);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`, requests };
}

async function errorOf(promise: Promise<unknown>): Promise<DriftDBError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(DriftDBError);
  // The room's id is a secret.
  expect(String((error as Error).stack)).not.toContain("secret");
  expect(JSON.stringify(error)).not.toContain("secret");
  return error as DriftDBError;
}

describe("Api", () => {
  it("creates and finds rooms, with and without a slash and a path", async () => {
    const { url, requests } = await answering(200, JSON.stringify(ROOM));
    for (const base of [url, `${url}/`, `${url}/db/mine`, `${url}/db/mine//`]) {
      const api = new Api(base);
      expect(api.apiUrl).toMatch(/[^/]\/$/);
      expect(await api.newRoom()).toEqual(ROOM);
      expect(await api.getRoom("secret")).toEqual(ROOM);
    }
    expect(requests.slice(2, 6)).toEqual([
      "POST /new",
      "GET /room/secret",
      "POST /db/mine/new",
      "GET /db/mine/room/secret",
    ]);
  });

  it("encodes a room's id as one part of the path", async () => {
    const { url, requests } = await answering(200, JSON.stringify(ROOM));
    await new Api(url).getRoom("../a b?c#d/é");
    expect(requests).toEqual(["GET /room/..%2Fa%20b%3Fc%23d%2F%C3%A9"]);
  });

  it.each([
    [404, RoomNotFoundError, /no such room/],
    [401, ForbiddenError, /refused/],
    [403, ForbiddenError, /refused/],
    [429, TooManyRequestsError, /too many/],
    [500, HttpError, /500/],
    [418, HttpError, /418/],
  ] as const)("tells HTTP %i by its class, code and status", async (status, Kind, message) => {
    const { url } = await answering(status, "secret");
    const error = await errorOf(new Api(url).getRoom("secret"));
    expect(error).toBeInstanceOf(Kind);
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ code: `http_${status}`, status });
    expect(error.message).toMatch(message);
  });

  it("says how long to wait", async () => {
    const { url } = await answering(429, "", { "retry-after": "7" });
    expect(await errorOf(new Api(url).newRoom())).toMatchObject({ retryAfterMs: 7_000 });
  });

  it("names the server that does not answer, and what to check", async () => {
    const { url } = await answering(200, "");
    server?.close();
    server?.closeAllConnections();
    const error = await errorOf(new Api(`${url}/path`).getRoom("secret"));
    expect(error).toBeInstanceOf(ServerUnreachableError);
    expect(error.message).toContain(url);
    expect(error.message).toContain("is the server running?");
    expect(error.message).not.toContain("path");
  });

  it.each(["", "<html>", "null", "{}", '"text"', '{"socket_url":null}'])(
    "does not take %j for a room",
    async (body) => {
      const { url } = await answering(200, body);
      expect(await errorOf(new Api(url).newRoom())).toMatchObject({ code: "unexpected_answer" });
    },
  );
});

describe("HttpConnection", () => {
  it("posts a message, and resolves with the server's answer (P9)", async () => {
    const { url, requests } = await answering(200, '{"type":"pong","nonce":7}');
    expect(await new HttpConnection(`${url}/room/secret/send`).send({ type: "ping", nonce: 7 })).toEqual({
      type: "pong",
      nonce: 7,
    });
    expect(requests).toEqual(['POST /room/secret/send {"type":"ping","nonce":7}']);
  });

  it("does not send a message that breaks a rule", async () => {
    const { url, requests } = await answering(200, "null");
    const send = new HttpConnection(url).send({
      type: "push",
      key: "k",
      value: undefined,
      action: { type: "append" },
    });
    await expect(send).rejects.toMatchObject({ code: "bad_value" });
    expect(requests).toEqual([]);
  });

  it("rejects a web page as an answer", async () => {
    const { url } = await answering(200, "<html>");
    const error = await errorOf(new HttpConnection(`${url}/room/secret/send`).send({ type: "ping" }));
    expect(error).toMatchObject({ code: "unexpected_answer" });
  });

  it("rejects with the errors of Api", async () => {
    const { url } = await answering(404, "");
    const error = await errorOf(new HttpConnection(`${url}/room/secret/send`).send({ type: "ping" }));
    expect(error).toBeInstanceOf(RoomNotFoundError);
  });
});

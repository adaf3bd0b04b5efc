import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import type { HttpError } from "./http-error.js";
import { baseUrl, connectionOptions, route } from "./routes.js";

function request(method: string, url: string): IncomingMessage {
  return { method, url } as IncomingMessage;
}

function refusal(method: string, url: string, prefix = "/"): HttpError {
  try {
    route(request(method, url), prefix);
  } catch (error) {
    return error as HttpError;
  }
  throw new Error(`${method} ${url} was taken`);
}

describe("route", () => {
  test.each([
    ["GET", "/", { name: "about" }],
    ["HEAD", "/", { name: "about" }],
    ["GET", "/?x=1", { name: "about" }],
    ["GET", "/healthz", { name: "health" }],
    ["POST", "/new", { name: "new" }],
    ["POST", "/new/", { name: "new" }],
    ["GET", "/room/abc", { name: "room", room: "abc" }],
    ["GET", "/room/abc/", { name: "room", room: "abc" }],
    ["POST", "/room/abc/send?x", { name: "send", room: "abc" }],
    ["GET", "/room/abc/connect?cbor=true?cbor=true", { name: "connect", room: "abc" }],
  ])("P1, P2, P9 finds the endpoint of %s %s", (method, url, expected) => {
    expect(route(request(method, url), "/")).toEqual(expected);
    expect(route(request(method, `/a/b${url}`), "/a/b/")).toEqual(expected);
  });

  test.each([
    "/x",
    "/room",
    "/room/",
    "/room//send",
    "/room/a/b",
    "/room/a/send/x",
    "/new/x",
    "//new",
    "",
    "*",
  ])("answers 404 for %j", (url) => {
    expect(refusal("GET", url)).toMatchObject({ status: 404, code: "not_found" });
    expect(refusal("POST", url).status).toBe(404);
  });

  test("answers 404 outside the prefix", () => {
    expect(refusal("POST", "/new", "/db/").status).toBe(404);
    expect(refusal("POST", "/dbx/new", "/db/").status).toBe(404);
  });

  test.each([
    ["POST", "/", "GET, HEAD"],
    ["GET", "/new", "POST"],
    ["DELETE", "/room/abc", "GET, HEAD"],
    ["GET", "/room/abc/send", "POST"],
    ["POST", "/room/abc/connect", "GET"],
  ])("answers 405 for %s %s and lists the allowed methods", (method, url, allow) => {
    expect(refusal(method, url)).toMatchObject({ status: 405, headers: { allow } });
  });
});

describe("connectionOptions", () => {
  const none = { cbor: false, debug: false, allKeys: false };
  const cid = "0123456789-abcdefABCDEF_";

  test.each([
    ["/c", none],
    ["/c?", none],
    ["/c?cbor=false&debug", none],
    ["/c?cbor=true&debug=true", { ...none, cbor: true, debug: true }],
    ["/c?cbor=true?cbor=true?cbor=true", { ...none, cbor: true }],
    ["/c?debug=true?cbor=true", { ...none, cbor: true, debug: true }],
    // Without a version, the connection is plain.
    [`/c?cid=${cid}`, none],
    [`/c?v=1&cid=${cid}`, none],
  ])("P7 reads the options of a plain connection from %s", (url, expected) => {
    expect(connectionOptions(request("GET", url))).toEqual(expected);
  });

  test.each([
    [`/c?v=2&cid=${cid}`, { ...none, cid }],
    [`/c?cid=${cid}&v=2&keys=all`, { ...none, cid, allKeys: true }],
    [`/c?v=2&cid=${cid}&keys=subscribed`, { ...none, cid }],
    [`/c?v=2&cid=${cid}?cbor=true`, { ...none, cid, cbor: true }],
    [`/c?v=2&cid=${"x".repeat(22)}`, { ...none, cid: "x".repeat(22) }],
    [`/c?v=2&cid=${"x".repeat(64)}`, { ...none, cid: "x".repeat(64) }],
  ])("S1, S2 reads the options of a session from %s", (url, expected) => {
    expect(connectionOptions(request("GET", url))).toEqual(expected);
  });

  test.each([
    "/c?v=2",
    "/c?v=2&cid=",
    `/c?v=2&cid=${"x".repeat(21)}`,
    `/c?v=2&cid=${"x".repeat(65)}`,
    `/c?v=2&cid=${"x".repeat(22)}%20`,
    `/c?v=2&acid=${"x".repeat(22)}`,
  ])("answers 400 for a cid that is missing or could be guessed: %s", (url) => {
    expect(() => connectionOptions(request("GET", url))).toThrow(
      expect.objectContaining({ status: 400, code: "bad_cid" }),
    );
  });
});

describe("baseUrl", () => {
  const from = (host: string | undefined, socket: object = { localAddress: "127.0.0.1", localPort: 80 }) =>
    baseUrl({ headers: host === undefined ? {} : { host }, socket } as IncomingMessage);

  test.each(["localhost", "localhost:8080", "board.example", "[::1]:8080", "192.0.2.1:1"])(
    "P1 is the host that the client names: %s",
    (host) => {
      expect(from(host)).toBe(`http://${host}`);
    },
  );

  test("P1 is https behind TLS", () => {
    expect(from("board.example", { encrypted: true })).toBe("https://board.example");
  });

  test.each([undefined, "", "a/b", "a?b", "a b", "user@host", '"><script>'])(
    "P1 is the server's own address when the client names %j",
    (host) => {
      expect(from(host)).toBe("http://127.0.0.1:80");
      expect(from(host, { localAddress: "::1", localPort: 8080 })).toBe("http://[::1]:8080");
    },
  );
});

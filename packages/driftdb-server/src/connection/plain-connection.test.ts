import { describe, expect, test } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { openRoom, settled } from "../../test/open-room.js";
import { DEFAULT_LIMITS } from "../limits/limits.js";
import { ClientSocket } from "../wire/client-socket.js";
import { PlainConnection } from "./plain-connection.js";

/** A plain connection in a new room. */
async function connect(debug = false) {
  const { host, store } = await openRoom({ keys: 2 });
  const fake = new FakeWebSocket();
  const connection = new PlainConnection(
    new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS),
    host,
    debug,
  );
  const say = (message: object | string) =>
    connection.receive(Buffer.from(typeof message === "string" ? message : JSON.stringify(message)), false);
  return { host, store, fake, connection, say };
}

const push = (key: string, value: unknown, type = "append") => ({
  type: "push",
  key,
  value,
  action: { type },
});

describe("PlainConnection", () => {
  test("P2, P6 receives all broadcasts, including its own, until it leaves", async () => {
    const { host, fake, connection, say } = await connect();
    say(push("a", 1));
    say(push("b", 2, "relay"));
    await settled(host);
    connection.left();
    say(push("a", 3));
    await settled(host);
    expect(fake.sent).toEqual([
      { type: "push", key: "a", value: 1, seq: 1 },
      { type: "push", key: "b", value: 2, seq: 2 },
      { type: "stream_size", key: "a", size: 2 },
    ]);
  });

  test("P3, S3 ignores a number, and acknowledges nothing", async () => {
    const { host, fake, say } = await connect();
    say({ ...push("a", 1), n: 7 });
    say({ ...push("a", 1), n: 7 });
    await settled(host);
    expect(fake.sent.map(({ type }) => type)).toEqual(["push", "push", "stream_size"]);
  });

  test("P5, P10 answers frames in their order, with errors in their places", async () => {
    const { host, fake, say } = await connect();
    say({ type: "ping", nonce: 1 });
    say("{");
    say(push("a", 1));
    say({ type: "get", key: "a" });
    say({ type: "unsubscribe", key: "a" });
    say({ type: "ping" });
    expect(fake.sent).toEqual([]);
    await settled(host);
    expect(fake.sent).toEqual([
      { type: "pong", nonce: 1 },
      { type: "error", code: "not_json", message: expect.any(String) },
      { type: "push", key: "a", value: 1, seq: 1 },
      { type: "init", key: "a", data: [{ value: 1, seq: 1 }] },
      { type: "error", code: "bad_message", message: expect.any(String) },
      { type: "pong" },
    ]);
  });

  test("stays open after refusals and failed commits, and receives them as errors", async () => {
    const { host, store, fake, say } = await connect();
    for (const key of ["a", "b", "c"]) say(push(key, 1));
    await settled(host);
    store.failing = true;
    say(push("a", 2));
    await settled(host);
    expect(fake.sent.filter(({ type }) => type === "error")).toMatchObject([
      { code: "too_many_keys" },
      { code: "storage_failed" },
    ]);
    expect(fake.close).not.toHaveBeenCalled();
  });

  test("P8 a debug connection receives the stream after each change, and relays", async () => {
    const { host, fake, connection, say } = await connect(true);
    say(push("a", 1));
    say(push("b", 2, "relay"));
    say({ ...push("a", "s"), action: { type: "compact", seq: 1 } });
    await settled(host);
    await settled(host);
    expect(fake.sent).toEqual([
      { type: "push", key: "b", value: 2, seq: 2 },
      { type: "init", key: "a", data: [{ value: "s", seq: 1 }] },
      { type: "init", key: "a", data: [{ value: "s", seq: 1 }] },
    ]);
    connection.left();
    say(push("a", 3));
    await settled(host);
    expect(fake.sent.slice(3)).toEqual([{ type: "stream_size", key: "a", size: 2 }]);
  });

  test("D18 closes a debug connection that does not read: only one stream may exceed the limit", async () => {
    const { host, fake, say } = await connect(true);
    fake.stuck = true;
    for (let i = 0; i < 10; i++) {
      say(push("k", "x".repeat(200_000)));
      await settled(host);
    }
    expect(fake.closeCode).toBe(4008);
  });

  test("P8 a debug connection receives all streams when it opens", async () => {
    const { host, say } = await connect();
    say(push("a", 1));
    say(push("b", 2));
    await settled(host);
    const fake = new FakeWebSocket();
    new PlainConnection(new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS), host, true);
    await settled(host);
    await settled(host);
    expect(fake.sent.map(({ type, key }) => [type, key])).toEqual([
      ["init", "a"],
      ["init", "b"],
    ]);
  });

  test("S12 only a history may exceed the limit of unsent bytes, other answers may not", async () => {
    const { host, fake, say } = await connect();
    fake.stuck = true;
    const half = "x".repeat(600_000);
    say(push("a", half));
    say({ type: "get", key: "a" });
    await settled(host);
    expect(fake.close).not.toHaveBeenCalled();
    say(push("a", half));
    say({ type: "ping" });
    say(push("b", half));
    await settled(host);
    expect(fake.closeCode).toBe(4008);
  });
});

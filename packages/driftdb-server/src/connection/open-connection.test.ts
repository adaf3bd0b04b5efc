import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { openRoom, settled } from "../../test/open-room.js";
import { DEFAULT_LIMITS, resolveLimits } from "../limits/limits.js";
import { openConnection } from "./open-connection.js";

const PLAIN = { cbor: false, debug: false, allKeys: false };
const SESSION = { ...PLAIN, cid: "0123456789-abcdefABCDEF_" };
const PING = '{"type":"ping"}';

let fake: FakeWebSocket;

beforeEach(() => {
  fake = new FakeWebSocket();
});
afterEach(() => void vi.useRealTimers());

describe("accept", () => {
  test("S14 a room that does not exist is 4004", () => {
    openConnection(fake.webSocket, null, SESSION, DEFAULT_LIMITS);
    expect(fake.closeCode).toBe(4004);
    expect(fake.send).not.toHaveBeenCalled();
  });

  test("without a cid it is a plain connection, with one a session", async () => {
    const { host } = await openRoom();
    openConnection(fake.webSocket, host, PLAIN, DEFAULT_LIMITS);
    const session = new FakeWebSocket();
    openConnection(session.webSocket, host, SESSION, DEFAULT_LIMITS);
    fake.receive(PING);
    session.receive(PING);
    await settled(host);
    expect(fake.sent).toEqual([{ type: "pong" }]);
    expect(session.sent.map(({ type }) => type)).toEqual(["hello", "pong"]);
  });

  test("S1 hello says what a client must respect, and leaves out what is unlimited", async () => {
    const { host } = await openRoom();
    const limitsOf = async (limits = DEFAULT_LIMITS) => {
      fake = new FakeWebSocket();
      openConnection(fake.webSocket, host, SESSION, limits);
      await settled(host);
      return fake.sent[0]?.limits;
    };
    expect(await limitsOf()).toEqual({
      messageBytes: 1_048_576,
      inFlight: 256,
      messagesPerSecond: 200,
      messageBurst: 400,
      bytesPerSecond: 1_048_576,
    });
    expect(await limitsOf(resolveLimits(false))).toEqual({ messageBytes: 1_048_576, inFlight: 256 });
  });

  test.each([
    ["a plain connection", PLAIN],
    ["a session", SESSION],
  ])("P2 %s leaves the room when it is told that its socket is closed", async (_, options) => {
    const { host } = await openRoom();
    const left = vi.spyOn(host, "leave");
    const connection = openConnection(fake.webSocket, host, options, DEFAULT_LIMITS);
    await settled(host);
    expect(left).not.toHaveBeenCalled();
    connection?.left(1006);
    expect(left).toHaveBeenCalledTimes(1);
  });

  test.each([
    ["a plain connection", PLAIN],
    ["a session", SESSION],
  ])("%s that is too fast is read more slowly, and what was read already is taken", async (_, options) => {
    const { host } = await openRoom();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    openConnection(fake.webSocket, host, options, {
      ...DEFAULT_LIMITS,
      messagesPerSecond: 10,
      messageBurst: 2,
    });
    for (let i = 0; i < 5; i++) fake.receive(PING);
    expect(fake.isPaused).toBe(true);
    vi.advanceTimersByTime(100);
    expect(fake.isPaused).toBe(false);
    await settled(host);
    expect(fake.sent.filter(({ type }) => type === "pong")).toHaveLength(5);
  });
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { openRoom, settled } from "../../test/open-room.js";
import { DEFAULT_LIMITS, resolveLimits } from "../limits/limits.js";
import type { RoomHost } from "../room/room-host.js";
import { ClientSocket } from "../wire/client-socket.js";
import { type ConnectionKind, openConnection, sessionLimits } from "./open-connection.js";

const PLAIN: ConnectionKind = { session: null, debug: false, allKeys: false };
const SESSION: ConnectionKind = { ...PLAIN, session: { cid: "0123456789-abcdefABCDEF_", name: "name" } };
const PING = '{"type":"ping"}';

let fake: FakeWebSocket;

beforeEach(() => {
  fake = new FakeWebSocket();
});
afterEach(() => void vi.useRealTimers());

/** Connects a WebSocket to a room, as the server does. */
function open(
  webSocket: FakeWebSocket,
  room: RoomHost | null,
  kind: ConnectionKind,
  limits = DEFAULT_LIMITS,
) {
  const socket = new ClientSocket(webSocket.webSocket, false, limits);
  return openConnection(socket, room, kind, sessionLimits(limits));
}

describe("openConnection", () => {
  test("S14 closes the socket with 4004 if the room does not exist", () => {
    expect(open(fake, null, SESSION)).toBeNull();
    expect(fake.closeCode).toBe(4004);
    expect(fake.send).not.toHaveBeenCalled();
  });

  test("opens a plain connection without a cid, and a session with one", async () => {
    const { host } = await openRoom();
    open(fake, host, PLAIN);
    const session = new FakeWebSocket();
    open(session, host, SESSION);
    fake.receive(PING);
    session.receive(PING);
    await settled(host);
    expect(fake.sent).toEqual([{ type: "pong" }]);
    expect(session.sent.map(({ type }) => type)).toEqual(["hello", "pong"]);
  });

  test("S1 hello has the limits, and leaves out infinite ones", async () => {
    const { host } = await openRoom();
    const limitsOf = async (limits = DEFAULT_LIMITS) => {
      fake = new FakeWebSocket();
      open(fake, host, SESSION, limits);
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
  ])("P2 %s leaves the room when its socket closes", async (_, kind) => {
    const { host } = await openRoom();
    const left = vi.spyOn(host, "leave");
    const exited = vi.spyOn(host, "exit");
    const connection = open(fake, host, kind);
    await settled(host);
    expect(left).not.toHaveBeenCalled();
    connection?.left(1006);
    expect(left).toHaveBeenCalledTimes(1);
    expect(exited).toHaveBeenCalledExactlyOnceWith(connection);
  });

  test.each([
    ["a plain connection", PLAIN],
    ["a session", SESSION],
  ])("%s that is too fast is read more slowly, and loses no frame", async (_, kind) => {
    const { host } = await openRoom();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    open(fake, host, kind, { ...DEFAULT_LIMITS, messagesPerSecond: 10, messageBurst: 2 });
    for (let i = 0; i < 5; i++) fake.receive(PING);
    expect(fake.isPaused).toBe(true);
    vi.advanceTimersByTime(100);
    expect(fake.isPaused).toBe(false);
    await settled(host);
    expect(fake.sent.filter(({ type }) => type === "pong")).toHaveLength(5);
  });
});

import { EventEmitter } from "node:events";
import { cbor } from "driftdb-protocol/cbor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { Connection, type ConnectionOptions } from "./connection.js";
import { Frame } from "./frame.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import type { RoomHost } from "./room-host.js";

/** As much of a WebSocket as a connection uses. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  readonly send = vi.fn((_frame: unknown, sent?: () => void) => sent?.());
  readonly pause = vi.fn(() => {
    this.isPaused = true;
  });
  readonly resume = vi.fn(() => {
    this.isPaused = false;
  });

  /** A frame from the client. */
  receive(frame: string | Uint8Array): void {
    this.emit("message", Buffer.from(frame), typeof frame !== "string");
  }
}

const PING = '{"type":"ping"}';

let socket: FakeSocket;
let room: Record<"join" | "leave" | "request" | "barrier", ReturnType<typeof vi.fn>>;
let onClose: ReturnType<typeof vi.fn<() => void>>;

function connect(options: Partial<ConnectionOptions> = {}, limits: Partial<Limits> = {}): Connection {
  return new Connection(
    socket as unknown as WebSocket,
    room as unknown as RoomHost,
    { cbor: false, debug: false, ...options },
    { ...DEFAULT_LIMITS, ...limits },
    onClose,
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  socket = new FakeSocket();
  room = { join: vi.fn(), leave: vi.fn(), request: vi.fn(), barrier: vi.fn((done: () => void) => done()) };
  onClose = vi.fn<() => void>();
});
afterEach(() => void vi.useRealTimers());

describe("Connection", () => {
  test("P2 joins its room at once, and leaves it when the socket is closed, whatever the reason", () => {
    const connection = connect();
    expect(room.join).toHaveBeenCalledExactlyOnceWith(connection);
    // What ws reports of a bad frame or a reset is followed by the close.
    socket.emit("error", new Error("read ECONNRESET"));
    expect(room.leave).not.toHaveBeenCalled();
    socket.emit("close", 1006);
    expect(room.leave).toHaveBeenCalledExactlyOnceWith(connection);
    expect(onClose).toHaveBeenCalledTimes(1);
  });

  test.each([false, true])("P7 sends in its own codec (cbor: %s)", (asked) => {
    connect({ cbor: asked }).send(Frame.of({ type: "pong", nonce: 1 }));
    const sent: unknown = socket.send.mock.calls[0]?.[0];
    expect(asked ? cbor.decode(sent as Uint8Array) : JSON.parse(sent as string)).toEqual({
      type: "pong",
      nonce: 1,
    });
  });

  test("sends nothing on a socket that is closing", () => {
    const connection = connect();
    socket.readyState = 2;
    connection.send(Frame.of({ type: "pong" }));
    expect(socket.send).not.toHaveBeenCalled();
  });

  test("P10 a bad frame gets its error in its place among the answers", () => {
    const later: (() => void)[] = [];
    room.barrier.mockImplementation((done: () => void) => void later.push(done));
    connect();
    socket.receive("{");
    expect(socket.send).not.toHaveBeenCalled();
    for (const done of later) done();
    expect(JSON.parse(socket.send.mock.calls[0]?.[0] as string)).toMatchObject({
      type: "error",
      code: "not_json",
    });
    expect(room.request).not.toHaveBeenCalled();
  });

  test("is paused for as long as it was too fast, and then read on", () => {
    connect({}, { messagesPerSecond: 10, messageBurst: 2 });
    socket.receive(PING);
    socket.receive(PING);
    expect(socket.pause).not.toHaveBeenCalled();
    // What ws has read already still comes, and is taken.
    for (let i = 0; i < 3; i++) socket.receive(PING);
    expect(socket.pause).toHaveBeenCalledTimes(1);
    expect(room.request).toHaveBeenCalledTimes(5);
    vi.advanceTimersByTime(99);
    expect(socket.isPaused).toBe(true);
    vi.advanceTimersByTime(1);
    expect(socket.isPaused).toBe(false);
    // The rest of the debt: two messages, and this one.
    socket.receive(PING);
    vi.advanceTimersByTime(299);
    expect(socket.isPaused).toBe(true);
    vi.advanceTimersByTime(1);
    expect(socket.isPaused).toBe(false);
  });

  test("one message of the largest size is no reason to wait, a second is", () => {
    connect({}, { bytesPerSecond: 1_024 });
    const largest = `${PING}${" ".repeat(1_048_576 - PING.length)}`;
    socket.receive(largest);
    expect(socket.isPaused).toBe(false);
    socket.receive(PING);
    expect(socket.isPaused).toBe(true);
  });

  test("is not held back any more once it is being closed: its own close has to be read", () => {
    connect({}, { messagesPerSecond: 10, messageBurst: 1 });
    socket.readyState = 2;
    for (let i = 0; i < 5; i++) socket.receive(PING);
    expect(socket.isPaused).toBe(false);
  });

  test("a client is given one history at a time, and read no further until that is on its way", () => {
    const taken: (() => void)[] = [];
    socket.send.mockImplementation((_frame, sent) => void (sent && taken.push(sent)));
    room.request.mockImplementation((_request, reply: (frame: Frame) => void) => reply(Frame.init("k", [])));
    connect();
    for (let i = 0; i < 3; i++) socket.receive('{"type":"get","key":"k"}');
    socket.receive(PING);
    expect(room.request).toHaveBeenCalledTimes(1);
    expect(socket.isPaused).toBe(true);
    taken.shift()?.();
    expect(room.request).toHaveBeenCalledTimes(2);
    taken.shift()?.();
    taken.shift()?.();
    expect(room.request.mock.calls.map(([{ type }]) => type)).toEqual(["get", "get", "get", "ping"]);
    expect(socket.isPaused).toBe(false);
  });

  test("a client whose history is not on its way is read on once it is being closed", () => {
    socket.send.mockImplementation(() => {});
    room.request.mockImplementation((_request, reply: (frame: Frame) => void) => reply(Frame.init("k", [])));
    connect();
    socket.receive('{"type":"get","key":"k"}');
    socket.readyState = 2;
    socket.receive(PING);
    expect(socket.isPaused).toBe(false);
  });
});

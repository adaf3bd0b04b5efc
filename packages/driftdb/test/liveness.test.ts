import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { WebSocketServer } from "ws";
import { DbConnection } from "../src/connection/db-connection.js";
import { RoomNotFoundError, SessionsUnsupportedError } from "../src/index.js";
import { afterTest, append, startServer, TestClient } from "./harness.js";
import { ModelRoom, type ModelSocket } from "./model-room.js";

const HERE = "ws://model/room/r/connect";

/** A page with events, and a connection in it, on a clock that the test moves. */
function page() {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance", "Date"],
  });
  const target = new EventTarget();
  vi.stubGlobal("addEventListener", target.addEventListener.bind(target));
  vi.stubGlobal("removeEventListener", target.removeEventListener.bind(target));
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const room = new ModelRoom();
  const endpoint = room.endpoint();
  const db = new DbConnection({ websocketConstructor: endpoint.WebSocket });
  const opened = db.connect(HERE);
  afterTest(() => db.disconnect());
  return { room, endpoint, db, opened, tell: (event: string) => target.dispatchEvent(new Event(event)) };
}

const pings = (socket: ModelSocket | undefined) =>
  socket?.up.filter((frame) => frame.includes("ping")).length;

beforeEach(() => vi.useRealTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("S11 pings after 20 s of silence, and drops the socket 8 s later", () => {
  const { room, endpoint, db } = page();
  room.flow();
  const { socket } = endpoint;
  vi.advanceTimersByTime(19_999);
  expect(pings(socket)).toBe(0);
  vi.advanceTimersByTime(1);
  expect(pings(socket)).toBe(1);
  vi.advanceTimersByTime(7_999);
  expect(db.status).toEqual({ connected: true });
  vi.advanceTimersByTime(1);
  expect(db.status).toEqual({ connected: false, reason: "reconnecting" });
  expect(socket?.state).toBe("closed");
});

it.each(["online", "pageshow", "visibilitychange"])("S11 on %s, pings immediately and waits 3 s", (event) => {
  const { room, endpoint, db, tell } = page();
  room.flow();
  tell(event);
  expect(pings(endpoint.socket)).toBe(1);
  vi.advanceTimersByTime(2_999);
  expect(db.status.connected).toBe(true);
  vi.advanceTimersByTime(1);
  expect(db.status.connected).toBe(false);
  // While it waits to dial again, it dials immediately.
  const lost = endpoint.socket;
  tell(event);
  expect(endpoint.socket).not.toBe(lost);
});

it("S11 after a jump of the clock, pings within 5 s", () => {
  const { room, endpoint, db } = page();
  room.flow();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(2_000);
  expect(pings(endpoint.socket)).toBe(1);
  vi.advanceTimersByTime(3_000);
  expect(db.status.connected).toBe(false);
});

it("an answered ping changes nothing", () => {
  const { room, endpoint, db, tell } = page();
  room.flow();
  const { socket } = endpoint;
  tell("online");
  room.flow();
  vi.advanceTimersByTime(3_000);
  expect(db.status.connected).toBe(true);
  expect(endpoint.socket).toBe(socket);
});

it("while the network is away, messages wait in the outbox, not in a dead socket", async () => {
  const { room, endpoint, db, tell } = page();
  room.flow();
  const dead = endpoint.socket;
  tell("offline");
  expect(db.sync.getSnapshot()).toMatchObject({ pending: 0, state: "offline" });
  const sent = db.send(append("k", 1));
  expect(dead?.up).toEqual([]);
  expect(db.sync.getSnapshot()).toMatchObject({ pending: 1, state: "offline" });
  tell("online");
  room.flow();
  expect(await sent).toEqual({ seq: 1 });
  expect(db.sync.getSnapshot()).toEqual({ pending: 0, state: "synced", lastAck: Date.now() });
});

it("disconnect leaves no timer and no event listener behind", () => {
  const { room, endpoint, db, tell } = page();
  room.flow();
  db.disconnect();
  expect(vi.getTimerCount()).toBe(0);
  const last = endpoint.socket;
  tell("online");
  expect(endpoint.socket).toBe(last);
});

it("S1 a server that answers pings without a hello does not speak sessions", async () => {
  const { room, endpoint, db, opened } = page();
  const { socket } = endpoint;
  room.greet = () => {};
  socket?.open();
  vi.advanceTimersByTime(3_000);
  expect(pings(socket)).toBe(1);
  socket?.onmessage?.({ data: '{"type":"pong","nonce":null}' });
  expect(db.status).toMatchObject({ connected: false, reason: "refused", error: { code: "no_sessions" } });
  await expect(opened).rejects.toThrow(SessionsUnsupportedError);
  vi.advanceTimersByTime(60_000);
  expect(endpoint.socket).toBe(socket);
});

it("S1 a server that sends nothing within 10 s is tried again", () => {
  const { room, endpoint, db } = page();
  const { socket } = endpoint;
  room.greet = () => {};
  socket?.open();
  vi.advanceTimersByTime(9_999);
  expect(socket?.state).toBe("open");
  vi.advanceTimersByTime(1 + 500);
  expect(endpoint.socket).not.toBe(socket);
  expect(db.status).toEqual({ connected: false, reason: "connecting" });
});

it.each([
  ["a message", '{"type":"push","key":"k","value":1,"seq":1}'],
  ["another version's hello", '{"type":"hello","v":3}'],
  ["no JSON", "hello"],
])("S1 a first frame that is %s refuses the connection immediately, with an error", async (_, frame) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  afterTest(() => new Promise((resolve) => server.close(resolve)));
  await new Promise((resolve) => server.on("listening", resolve));
  server.on("connection", (socket) => socket.send(frame));
  const { port } = server.address() as { port: number };
  const { db, dialled } = new TestClient();
  await expect(db.connect(`ws://127.0.0.1:${port}/`)).rejects.toThrow(/does not speak sessions/);
  expect(dialled).toHaveLength(1);
});

it("S14 a room that does not exist is a RoomNotFoundError, and is not tried again", async () => {
  const { api } = await startServer();
  const { socket_url, room } = await api.newRoom();
  const { db, dialled } = new TestClient();
  await expect(db.connect(socket_url.replace(room, "nowhere"))).rejects.toThrow(RoomNotFoundError);
  expect(db.status).toMatchObject({ reason: "refused", error: { code: "connection_refused", status: 4004 } });
  expect(db.sync.getSnapshot()).toMatchObject({ state: "error", error: { code: "connection_refused" } });
  expect(dialled).toHaveLength(1);
});

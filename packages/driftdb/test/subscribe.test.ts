import { expect, it, vi } from "vitest";
import { DbConnection } from "../src/connection/db-connection.js";
import { StateListener } from "../src/stores/state-listener.js";
import { append, compact, relay, replace, startServer, TestClient, until } from "./harness.js";
import { ModelRoom } from "./model-room.js";

const HERE = "ws://model/room/r/connect";

function modelled() {
  const room = new ModelRoom();
  const endpoint = room.endpoint();
  const db = new DbConnection({ websocketConstructor: endpoint.WebSocket });
  void db.connect(HERE);
  return { room, endpoint, db };
}

/** A listener that records its messages. */
function recorder() {
  const log: unknown[] = [];
  return {
    log,
    listen: ({ value }: { value: unknown }) => void log.push(value),
    onReset: () => void log.push("reset"),
  };
}

it("a late listener receives the history, and an early one does not receive it again", async () => {
  const { api } = await startServer();
  const { db } = new TestClient();
  await db.connect((await api.newRoom()).socket_url);
  const [early, late, future] = [recorder(), recorder(), recorder()];
  db.subscribe("k", early.listen);
  await db.send(append("k", 1));
  db.subscribe("k", late.listen);
  db.subscribe("k", future.listen, undefined, { replay: false });
  await until(() => late.log.length > 0);
  await db.send(append("k", 2));
  await db.send(relay("k", 3));
  await until(() => future.log.length > 1);
  expect([early.log, late.log, future.log]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
    [2, 3],
  ]);
});

it("S7 a listener is reset when a replacement has swallowed messages that it missed", async () => {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const [reader, writer] = [new TestClient(), new TestClient()];
  await Promise.all([reader, writer].map(({ db }) => db.connect(socket_url)));
  const { log, listen, onReset } = recorder();
  reader.db.subscribe("k", listen, undefined, { onReset });
  await writer.db.send(append("k", 1));
  await until(() => log.length === 1);
  reader.online = false;
  reader.cut();
  await writer.db.send(append("k", 2));
  await writer.db.send(replace("k", 3));
  await writer.db.send(append("k", 4));
  reader.online = true;
  await until(() => log.length > 3);
  expect(log).toEqual([1, "reset", 3, 4]);
});

it("S7 missed messages arrive in order, once, and without a reset if none was swallowed", async () => {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const [reader, writer] = [new TestClient(), new TestClient()];
  await Promise.all([reader, writer].map(({ db }) => db.connect(socket_url)));
  const { log, listen, onReset } = recorder();
  reader.db.subscribe("k", listen, undefined, { onReset });
  await writer.db.send(append("k", 1));
  await writer.db.send(append("k", 2));
  await until(() => log.length === 2);
  reader.online = false;
  reader.cut();
  // A snapshot of what the reader has.
  await writer.db.send(compact("k", 2, "snapshot"));
  await writer.db.send(append("k", 3));
  reader.online = true;
  await until(() => log.length > 2);
  expect(log).toEqual([1, 2, 3]);
});

it("S1 a new epoch makes earlier messages void, relays included", () => {
  const { room, endpoint, db } = modelled();
  const { log, listen, onReset } = recorder();
  db.subscribe("k", listen, undefined, { onReset });
  room.flow();
  for (const value of ["a", "b"]) room.push("k", value);
  room.push("k", "c", "relay");
  room.flow();
  room.lose();
  room.push("k", "d");
  endpoint.socket?.cut();
  void db.connect(HERE);
  room.flow();
  expect(log).toEqual(["a", "b", "c", "reset", "d"]);
});

it("S6 a message after a gap is not delivered: the client asks for it and the missing ones", () => {
  const { room, endpoint, db } = modelled();
  const { log, listen } = recorder();
  db.subscribe("k", listen);
  room.flow();
  room.push("k", 1);
  room.flow();
  room.push("k", 2);
  // A server that skips a message.
  endpoint.socket?.down.pop();
  room.push("k", 3);
  room.received.length = 0;
  room.flow();
  expect(room.received).toEqual([{ type: "get", key: "k", seq: 1, epoch: "e1" }]);
  expect(log).toEqual([1, 2, 3]);
});

it("S2 the key is unsubscribed a macrotask after its last listener; a listener that returns misses nothing", async () => {
  const { room, db } = modelled();
  const { log, listen } = recorder();
  room.flow();
  const undo = db.subscribe("k", listen);
  room.flow();
  undo();
  const again = db.subscribe("k", listen);
  await new Promise((resolve) => setTimeout(resolve));
  room.flow();
  expect(room.received.map(({ type }) => type)).toEqual(["get", "get"]);
  room.push("k", 1);
  room.flow();
  again();
  await new Promise((resolve) => setTimeout(resolve));
  // An answer on its way belongs to the time before.
  db.subscribe("k", listen);
  room.flow();
  room.push("k", 2);
  room.flow();
  expect(room.received.slice(2).map(({ type }) => type)).toEqual(["unsubscribe", "get"]);
  expect(log).toEqual([1, 1, 2]);
});

it("unsubscribe removes a listener", async () => {
  const { api } = await startServer();
  const { db } = new TestClient();
  await db.connect((await api.newRoom()).socket_url);
  const listener = vi.fn();
  db.subscribe("k", listener);
  await db.send(append("k", 1));
  db.unsubscribe("k", listener);
  await db.send(append("k", 2));
  expect(listener).toHaveBeenCalledTimes(1);
});

it("in another room, listeners are reset and receive its streams from the start", async () => {
  const { api } = await startServer();
  const [one, two] = await Promise.all([api.newRoom(), api.newRoom()]);
  const { db } = new TestClient();
  const { log, listen, onReset } = recorder();
  const state = new StateListener<string>({ db, key: "state" });
  state.subscribe();
  db.subscribe("k", listen, undefined, { onReset });
  await db.connect(one.socket_url);
  state.setStateOptimistic("of room one");
  await db.send(append("k", 1));
  await db.connect(two.socket_url);
  expect(state.getSnapshot()).toBeUndefined();
  await db.send(append("k", 2));
  expect(log).toEqual([1, "reset", 2]);
});

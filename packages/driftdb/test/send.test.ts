import { expect, it } from "vitest";
import { DbConnection } from "../src/connection/db-connection.js";
import { DriftDBError, MessageRefusedError, NotSentError, UnknownOutcomeError } from "../src/index.js";
import { append, compact, relay, startServer, TestClient, until } from "./harness.js";
import { ModelRoom } from "./model-room.js";

const HERE = "ws://model/room/r/connect";

/** A connection to a room whose network is moved by hand. */
function modelled() {
  const room = new ModelRoom();
  room.inFlight = 4;
  const endpoint = room.endpoint();
  const db = new DbConnection({ websocketConstructor: endpoint.WebSocket });
  const errors: unknown[] = [];
  db.errorListener.addListener((error) => errors.push(error));
  void db.connect(HERE);
  return { room, endpoint, db, errors };
}

it("S4 send resolves with the room's seq; a relay and a get with 0; a compaction with the seq that it names", async () => {
  const { api } = await startServer();
  const { db } = new TestClient();
  const early = db.send(append("k", "queued"));
  await db.connect((await api.newRoom()).socket_url);
  expect(await early).toEqual({ seq: 1 });
  expect(await db.send(relay("k", "relayed"))).toEqual({ seq: 0 });
  expect(await db.send(append("k", 3))).toEqual({ seq: 3 });
  expect(await db.send(compact("k", 1, "c"))).toEqual({ seq: 1 });
  expect(await db.send({ type: "get", key: "k" })).toEqual({ seq: 0 });
});

it("S1 a connection dials with v=2 and a secret of 128 bits, which it keeps after a cut", async () => {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const [one, other] = [new TestClient(), new TestClient({ keys: "all" })];
  await Promise.all([one.db.connect(socket_url), other.db.connect(socket_url)]);
  one.cut();
  await until(() => one.dialled.length > 1);
  const [first, again] = one.dialled.map(({ searchParams }) => searchParams);
  expect([...(first?.keys() ?? [])].sort()).toEqual(["cid", "v"]);
  expect(first?.get("v")).toBe("2");
  expect(first?.get("cid")).toMatch(/^[\w-]{24}$/);
  expect(again?.get("cid")).toBe(first?.get("cid"));
  expect(other.dialled[0]?.searchParams.get("cid")).not.toBe(first?.get("cid"));
  expect(other.dialled[0]?.searchParams.get("keys")).toBe("all");
});

it("S2 with `keys: all`, messageListener receives the messages of every key", async () => {
  const { api } = await startServer();
  const { socket_url } = await api.newRoom();
  const [all, some, sender] = [new TestClient({ keys: "all" }), new TestClient(), new TestClient()];
  const seen = new Map([all, some].map((client) => [client, [] as unknown[]]));
  for (const [{ db }, frames] of seen) db.messageListener.addListener((frame) => frames.push(frame));
  await Promise.all([all, some, sender].map(({ db }) => db.connect(socket_url)));
  await sender.db.send(append("k", 1));
  await until(() => (seen.get(all)?.length ?? 0) > 0);
  await some.db.testLatency();
  expect(seen.get(all)).toMatchObject([{ type: "push", key: "k", value: 1, seq: 1 }]);
  expect(seen.get(some)).toMatchObject([{ type: "pong" }]);
});

it("S4 a refused message rejects with the server's code; later ones arrive; no rejection is unhandled", async () => {
  const { api } = await startServer({ keys: 1 });
  const { db, errors } = new TestClient();
  await db.connect((await api.newRoom()).socket_url);
  const states: unknown[] = [];
  db.sync.subscribe(() => states.push(db.sync.getSnapshot()));
  const results = ["a", "b", "a"].map((key) => db.send(append(key, 1)));
  await expect(results[1]).rejects.toThrow(MessageRefusedError);
  await expect(results[1]).rejects.toMatchObject({ code: "too_many_keys" });
  expect(states).toContainEqual(
    expect.objectContaining({ state: "error", error: expect.objectContaining({ code: "too_many_keys" }) }),
  );
  expect(await Promise.all([results[0], results[2]])).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect(db.sync.getSnapshot()).toMatchObject({ pending: 0, state: "synced" });
  expect(errors).toEqual([expect.any(MessageRefusedError)]);
});

it("a message that breaks a rule throws immediately, and uses up no number", async () => {
  const { room, db } = modelled();
  room.flow();
  expect(() => db.send(append("k", null))).toThrow(DriftDBError);
  expect(() => db.send(append("k", "x".repeat(1_048_576)))).toThrow(/at most/);
  void db.send(append("k", 1));
  room.flow();
  expect(room.received).toEqual([expect.objectContaining({ n: 1 })]);
});

it("S3 after a cut, unacknowledged messages are sent again with their numbers, and the room has them once", async () => {
  const { room, endpoint, db } = modelled();
  room.flow();
  const sent = [db.send(append("k", 1)), db.send(append("k", 2))];
  // The room has the first one; its ack is lost, and so is the second message.
  endpoint.socket?.cut(1);
  expect(db.sync.getSnapshot().pending).toBe(2);
  void db.connect(HERE);
  room.flow();
  expect(await Promise.all(sent)).toEqual([{ seq: 1 }, { seq: 2 }]);
  expect(room.received.map((message) => (message as { n?: number }).n)).toEqual([1, 2]);
  expect(room.stream("k")).toEqual([
    { value: 1, seq: 1 },
    { value: 2, seq: 2 },
  ]);
});

it("S4 no more messages are in flight than hello allows", () => {
  const { room, endpoint, db } = modelled();
  room.flow();
  for (let i = 0; i < 10; i++) void db.send(append("k", i));
  expect(endpoint.socket?.up).toHaveLength(4);
  room.flow();
  expect(room.stream("k")).toHaveLength(10);
});

it("S13 after 4009, messages in flight reject, and unsent ones go out in a new session", async () => {
  const { room, endpoint, db, errors } = modelled();
  room.flow();
  const sent = Array.from({ length: 6 }, (_, i) => db.send(append("k", i)));
  const cid = endpoint.socket?.cid;
  endpoint.socket?.end(4009);
  void db.connect(HERE);
  room.flow();
  const results = await Promise.allSettled(sent);
  expect(results.map(({ status }) => status)).toEqual([
    ...Array(4).fill("rejected"),
    "fulfilled",
    "fulfilled",
  ]);
  expect(results[0]).toMatchObject({ reason: expect.any(UnknownOutcomeError) });
  expect(endpoint.socket?.cid).not.toBe(cid);
  expect(room.stream("k").map(({ value }) => value)).toEqual([4, 5]);
  expect(errors).toHaveLength(4);
});

it("S13 the hello of a room that forgot the session starts a new one, and unsent messages still arrive", async () => {
  const { room, endpoint, db } = modelled();
  room.flow();
  await Promise.all([db.send(append("k", 1)), room.flow()]);
  room.sessions.clear();
  endpoint.socket?.cut();
  const later = db.send(append("k", 2));
  for (let i = 0; i < 3; i++) {
    void db.connect(HERE);
    room.flow();
  }
  expect(await later).toEqual({ seq: 2 });
});

it("disconnect keeps unacknowledged messages for the next connect to the room; another room never gets them", async () => {
  const { room, db, errors } = modelled();
  room.flow();
  db.disconnect();
  const kept = db.send(append("k", "kept"));
  expect(db.sync.getSnapshot()).toMatchObject({ pending: 1, state: "offline" });
  void db.connect(HERE);
  room.flow();
  expect(await kept).toEqual({ seq: 1 });

  db.disconnect();
  const dropped = db.send(append("k", "dropped"));
  void db.connect("ws://model/room/other/connect");
  await expect(dropped).rejects.toThrow(NotSentError);
  room.flow();
  expect(room.stream("k")).toHaveLength(1);
  expect(errors).toHaveLength(1);
  expect(db.sync.getSnapshot().pending).toBe(0);
});

it("S5 each new socket sends one get per key, then unacknowledged messages, then waiting ones", () => {
  const { room, endpoint, db } = modelled();
  db.subscribe("a", () => {});
  db.subscribe("a", () => {});
  db.subscribe("b", () => {});
  room.flow();
  void db.send(append("a", 1));
  endpoint.socket?.cut();
  void db.send(append("a", 2));
  room.received.length = 0;
  void db.connect(HERE);
  room.flow();
  expect(room.received.map(({ type, n }: { type: string; n?: number }) => n ?? type)).toEqual([
    "get",
    "get",
    1,
    2,
  ]);
});

it("a relay without a connection is dropped for good", async () => {
  const { room, db } = modelled();
  expect(await db.send(relay("k", 1))).toEqual({ seq: 0 });
  room.flow();
  expect(room.received).toEqual([]);
});

it.each([-1, 1.5])(
  "after a get from %d, which the room refuses, a later listener still receives its history",
  async (seq) => {
    const { api } = await startServer();
    const { db, errors } = new TestClient();
    await db.connect((await api.newRoom()).socket_url);
    await db.send(append("k", 1));
    void db.send({ type: "get", key: "k", seq });
    await until(() => errors.length === 1);
    const seen: unknown[] = [];
    db.subscribe("k", ({ value }) => seen.push(value));
    await until(() => seen.length > 0);
    expect(seen).toEqual([1]);
  },
);

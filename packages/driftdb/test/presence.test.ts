import { describe, expect, test } from "vitest";
import { PresenceListener } from "../src/holds/presence-listener.js";
import { startServer, TestClient, until } from "./harness.js";

interface Point {
  x: number;
}

async function room(...names: string[]) {
  const { api } = await startServer();
  const { socket_url: url } = await api.newRoom();
  const people = await Promise.all(names.map((name) => join(url, name, { x: 0 })));
  return { url, people };
}

async function join(url: string, clientId: string, initialState?: Point) {
  const client = new TestClient();
  const listener = new PresenceListener<Point>({ db: client.db, clientId, initialState });
  const seen: string[] = [];
  const undo = listener.subscribe((others) => void seen.push(names(others)));
  await client.db.connect(url);
  return { client, listener, seen, undo };
}

const names = (others: Readonly<Record<string, unknown>>) => Object.keys(others).sort().join();

describe("S9 presence", () => {
  test("each client sees the newest state of each other one", async () => {
    const { people } = await room("a", "b", "c");
    const [a, b, c] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
    await until(() => people.every(({ listener }) => Object.keys(listener.getSnapshot()).length === 2));
    expect(names(a.listener.getSnapshot())).toBe("b,c");
    b.listener.updateState({ x: 1 });
    b.listener.updateState({ x: 2 });
    await until(() => a.listener.getSnapshot().b?.value.x === 2 && c.listener.getSnapshot().b?.value.x === 2);
    // Of several within the interval, the last one.
    expect(b.client.ofType("push").at(-1)).toMatchObject({ value: { value: { x: 2 } } });
    expect(b.client.ofType("push").length).toBeLessThanOrEqual(3);
  });

  test("a client that disconnects disappears immediately, and is back when it connects", async () => {
    const { url, people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b");
    b.client.db.disconnect();
    await until(() => names(a.listener.getSnapshot()) === "");
    await b.client.db.connect(url);
    await until(() => names(a.listener.getSnapshot()) === "b" && names(b.listener.getSnapshot()) === "a");
  });

  test("a client that loses its connection and returns never disappears, and causes no messages to others", async () => {
    const { people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b" && names(b.listener.getSnapshot()) === "a");
    const before = a.seen.length;
    const frames: string[] = [];
    a.client.db.messageListener.addListener(({ type }) => void frames.push(type));
    await b.client.cut();
    await until(() => b.client.db.status.connected);
    b.listener.updateState({ x: 9 });
    await until(() => a.listener.getSnapshot().b?.value.x === 9);
    expect(frames).toEqual(["push"]);
    expect(a.seen.slice(before)).toEqual(["b"]);
    expect(b.seen.slice(2).every((seen) => seen === "a")).toBe(true);
  });

  test("a client that only looks is not seen", async () => {
    const { url, people } = await room("a");
    const spectator = await join(url, "spectator");
    await until(() => names(spectator.listener.getSnapshot()) === "a");
    spectator.undo();
    await until(() => spectator.client.ofType("unsubscribe").length === 1);
    expect(spectator.client.ofType("push")).toEqual([]);
    expect(spectator.client.ofType("release")).toEqual([]);
    expect(people[0]?.seen.every((seen) => seen === "")).toBe(true);
  });

  test("50 clients that join together cost at most 50 × 50 deliveries, plus 10 %", async () => {
    const { api } = await startServer();
    const { socket_url: url } = await api.newRoom();
    let deliveries = 0;
    const people = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const client = new TestClient();
        client.db.messageListener.addListener(({ type }) => void (type === "push" && deliveries++));
        const listener = new PresenceListener<Point>({
          db: client.db,
          clientId: `${i}`,
          initialState: { x: i },
        });
        listener.subscribe();
        await client.db.connect(url);
        return { client, listener };
      }),
    );
    await until(() => people.every(({ listener }) => Object.keys(listener.getSnapshot()).length === 49));
    await Promise.all(people.map(({ client }) => client.db.testLatency()));
    console.log(`50 joins at once: ${deliveries} deliveries`);
    expect(deliveries).toBeLessThanOrEqual(50 * 50 * 1.1);
  });

  test("of a connection's presences with one key, the room sees one: the newest that is still there", async () => {
    const { url, people } = await room("a");
    const [a] = people as [(typeof people)[0]];
    const client = new TestClient();
    const [first, second] = ["first", "second"].map(
      () => new PresenceListener<Point>({ db: client.db, clientId: "b", minPresenceInterval: 0 }),
    ) as [PresenceListener<Point>, PresenceListener<Point>];
    const undo = [first.subscribe(() => {}), second.subscribe(() => {})] as const;
    await client.db.connect(url);
    const shown = () => a.listener.getSnapshot().b?.value.x;
    first.updateState({ x: 1 });
    await until(() => shown() === 1);
    second.updateState({ x: 2 });
    await until(() => shown() === 2);
    undo[1]();
    await until(() => shown() === 1);
    expect(a.seen.slice(a.seen.indexOf("b")).every((seen) => seen === "b")).toBe(true);
    undo[0]();
    await until(() => shown() === undefined && names(a.listener.getSnapshot()) === "");
    await until(() => client.ofType("unsubscribe").length === 1);
  });

  test("after a reconnect, the room sees the state that was set last, once", async () => {
    const { people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b");
    b.client.online = false;
    await b.client.cut();
    const before = b.client.ofType("push").length;
    for (let x = 1; x <= 1_000; x++) b.listener.updateState({ x });
    b.client.online = true;
    await until(() => a.listener.getSnapshot().b?.value.x === 1_000);
    expect(b.client.ofType("push").length).toBe(before + 1);
  });

  test("a presence that ended without a connection is released when the connection is back", async () => {
    const { people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b");
    b.client.online = false;
    await b.client.cut();
    b.listener.destroy();
    await until(() => b.client.dialled.length > 1);
    expect(names(a.listener.getSnapshot())).toBe("b");
    b.client.online = true;
    await until(() => names(a.listener.getSnapshot()) === "");
  });

  test("a presence that ended after a disconnect that the server missed is released on the next connection", async () => {
    const { url, people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b");
    b.client.online = false;
    await b.client.cut();
    b.client.db.disconnect();
    b.listener.destroy();
    b.client.online = true;
    await b.client.db.connect(url);
    await until(() => names(a.listener.getSnapshot()) === "");
  });

  test("a bad state is refused with an error, and the earlier one stays", async () => {
    const { people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b");
    expect(() => b.listener.updateState({ x: Number.NaN })).toThrow(
      expect.objectContaining({ code: "bad_value" }),
    );
    a.listener.updateState({ x: 5 });
    await until(() => b.listener.getSnapshot().a?.value.x === 5);
    expect(a.listener.getSnapshot().b?.value.x).toBe(0);
  });
});

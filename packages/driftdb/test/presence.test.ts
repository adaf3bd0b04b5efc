import { describe, expect, test } from "vitest";
import { PresenceListener } from "../src/presence.js";
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
  test("everybody sees everybody else, and the newest state of each", async () => {
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

  test("one that disconnects is gone at once, and is back when it connects", async () => {
    const { url, people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b");
    b.client.db.disconnect();
    await until(() => names(a.listener.getSnapshot()) === "");
    await b.client.db.connect(url);
    await until(() => names(a.listener.getSnapshot()) === "b" && names(b.listener.getSnapshot()) === "a");
  });

  test("one that loses its connection and comes back was never away, and costs nobody anything", async () => {
    const { people } = await room("a", "b");
    const [a, b] = people as [(typeof people)[0], (typeof people)[0]];
    await until(() => names(a.listener.getSnapshot()) === "b" && names(b.listener.getSnapshot()) === "a");
    const before = a.seen.length;
    const frames: string[] = [];
    a.client.db.messageListener.addListener(({ type }) => void frames.push(type));
    b.client.cut();
    await until(() => !b.client.db.status.connected);
    await until(() => b.client.db.status.connected);
    b.listener.updateState({ x: 9 });
    await until(() => a.listener.getSnapshot().b?.value.x === 9);
    expect(frames).toEqual(["push"]);
    expect(a.seen.slice(before)).toEqual(["b"]);
    expect(b.seen.slice(2).every((seen) => seen === "a")).toBe(true);
  });

  test("one that looks only is not seen", async () => {
    const { url, people } = await room("a");
    const spectator = await join(url, "spectator");
    await until(() => names(spectator.listener.getSnapshot()) === "a");
    spectator.undo();
    await until(() => spectator.client.ofType("unsubscribe").length === 1);
    expect(spectator.client.ofType("push")).toEqual([]);
    expect(spectator.client.ofType("release")).toEqual([]);
    expect(people[0]?.seen.every((seen) => seen === "")).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import { Lock } from "../src/holds/lock.js";
import { startServer, TestClient, until } from "./harness.js";

async function join(url: string, clientId: string) {
  const client = new TestClient();
  const lock = new Lock({ db: client.db, key: "k", clientId });
  const seen: string[] = [];
  lock.subscribe(
    ({ held, waiting, holder }) => void seen.push(`${holder}${held ? "!" : waiting ? "?" : ""}`),
  );
  await client.db.connect(url);
  return { client, lock, seen, now: () => seen.at(-1) };
}

async function room() {
  const { api } = await startServer();
  const { socket_url: url } = await api.newRoom();
  return { url, a: await join(url, "a"), b: await join(url, "b"), c: await join(url, "c") };
}

describe("S9 lock", () => {
  test("clients hold it in the order in which they asked, and all agree on the holder", async () => {
    const { a, b, c } = await room();
    a.lock.acquire();
    await until(() => a.now() === "a!" && b.now() === "a" && c.now() === "a");
    c.lock.acquire();
    await until(() => c.now() === "a?");
    b.lock.acquire();
    await until(() => b.now() === "a?");
    a.lock.release();
    await until(() => a.now() === "c" && b.now() === "c?" && c.now() === "c!");
    c.client.db.disconnect();
    await until(() => a.now() === "b" && b.now() === "b!");
    b.lock.destroy();
    await until(() => a.now() === "null");
    for (const { client } of [a, b, c]) expect(client.errors).toEqual([]);
  });

  test("a client that reconnects keeps it, and does not hold it in between", async () => {
    const { a, b } = await room();
    a.lock.acquire();
    await until(() => a.now() === "a!");
    b.lock.acquire();
    await until(() => b.now() === "a?");
    await a.client.cut();
    expect(a.lock.getSnapshot()).toEqual({ held: false, waiting: false, holder: "a" });
    await until(() => a.now() === "a!");
    expect(b.seen.every((seen) => !seen.includes("!"))).toBe(true);
  });

  test("a client that releases it and asks again comes after those that waited", async () => {
    const { a, b } = await room();
    a.lock.acquire();
    await until(() => a.now() === "a!");
    b.lock.acquire();
    await until(() => b.now() === "a?");
    a.lock.release();
    expect(a.lock.getSnapshot().held).toBe(false);
    a.lock.acquire();
    await until(() => b.now() === "b!" && a.now() === "b?");
    await Promise.all([a, b].map(({ client }) => client.db.testLatency()));
    expect([a.now(), b.now()]).toEqual(["b?", "b!"]);
  });

  test("a client whose session has ended does not take it from the new holder", async () => {
    const { a, b, url } = await room();
    a.lock.acquire();
    await until(() => a.now() === "a!");
    b.lock.acquire();
    await until(() => b.now() === "a?");
    a.client.db.disconnect();
    await until(() => b.now() === "b!");
    await a.client.db.connect(url);
    await until(() => a.now() === "b?");
    await Promise.all([a, b].map(({ client }) => client.db.testLatency()));
    expect([a.now(), b.now()]).toEqual(["b?", "b!"]);
  });
});

import type { RoomResult } from "driftdb-protocol";
import { createServer } from "driftdb-server";
import { expect, onTestFinished, test } from "vitest";
import type { Engine, EngineRoom, Host, Request } from "../src/engine/engine.js";
import { LocalEngine } from "../src/engine/local/local-engine.js";
import { MemoryStore } from "../src/engine/local/memory-store.js";
import type { Payload } from "../src/engine/payload.js";
import { DEFAULT_LIMITS } from "../src/limits/limits.js";
import { append, get } from "./messages.js";
import { session } from "./session.js";
import { enter, post, refusedUpgrade } from "./test-server.js";

/** A request at which the room's rules throw an error. */
const POISON = {
  ...{ type: "push", connection: { session: null }, key: "k", action: { type: "append" } },
  value: {
    get size(): number {
      throw new Error("the rules are broken");
    },
  } as Payload,
} satisfies Request;

/** An engine that loses a room in the turn of the next request, when `isFragile` is set. */
class FragileEngine implements Engine {
  isFragile = false;
  readonly errors: string[] = [];
  readonly #inner = new LocalEngine(new MemoryStore(), {
    limits: DEFAULT_LIMITS,
    onError: ({ message }) => void this.errors.push(message),
  });

  create = (room: string) => this.#inner.create(room);
  exists = (room: string) => this.#inner.exists(room);
  close = () => this.#inner.close();

  async open(id: string, host: Host): Promise<EngineRoom | null> {
    const room = await this.#inner.open(id, host);
    if (!room) return null;
    return {
      submit: (request) => {
        room.submit(request);
        if (!this.isFragile) return;
        this.isFragile = false;
        room.submit(POISON);
      },
      close: () => room.close(),
    };
  }
}

test("S13 a lost room answers 503 over HTTP, closes sockets with 1013, and opens again", async () => {
  const engine = new FragileEngine();
  const server = createServer({ engine });
  onTestFinished(() => server.close());
  const url = await server.listen({ port: 0 });
  const room = (await (await fetch(`${url}new`, { method: "POST" })).json()) as RoomResult;
  await post(room, append("k", 1));
  const [{ client, cid }, plain] = [await session(room), await enter(room)];
  const closed = [client, plain].map(
    ({ socket }) => new Promise<number>((done) => socket.once("close", done)),
  );

  engine.isFragile = true;
  const response = await post(room, append("k", 2));
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ...{ type: "error", code: "storage_failed" },
    message: "the server lost this room and has to open it again: try again",
  });
  expect(await Promise.all(closed)).toEqual([1013, 1013]);
  expect(engine.errors).toEqual(["the rules are broken"]);

  expect((await post(room, append("k", 2))).status).toBe(200);
  const again = await session(room, cid);
  again.client.send(get("k"));
  expect(await again.client.next()).toMatchObject({ data: [{ value: 1 }, { value: 2 }] });
});

test("a room that cannot be opened now refuses sockets with 500, and its error goes to onError", async () => {
  const engine = new FragileEngine();
  engine.open = () => Promise.reject(new Error("another server owns the room"));
  const errors: string[] = [];
  const server = createServer({ engine, onError: ({ message }) => void errors.push(message) });
  onTestFinished(() => server.close());
  const url = await server.listen({ port: 0 });
  const room = (await (await fetch(`${url}new`, { method: "POST" })).json()) as RoomResult;
  expect(await refusedUpgrade(room.socket_url)).toEqual({ status: 500, body: "the server failed\n" });
  expect((await post(room, get("k"))).status).toBe(500);
  expect(errors).toEqual(["another server owns the room", "another server owns the room"]);
});

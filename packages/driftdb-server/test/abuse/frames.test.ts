import { CLOSE_TOO_LARGE, MAX_MESSAGE_BYTES } from "driftdb-protocol";
import { describe, expect, test } from "vitest";
import { append, relay } from "../messages.js";
import type { RawClient } from "../raw-client.js";
import { ENGINES, enter, TestServer } from "../test-server.js";

/** The JSON of a push, of exactly `bytes` bytes. */
function sized(bytes: number): string {
  const empty = JSON.stringify(relay("k", ""));
  return JSON.stringify(relay("k", "x".repeat(bytes - empty.length)));
}

async function room() {
  const server = await TestServer.start();
  const there = await server.newRoom();
  const neighbours = [
    await enter(there),
    await enter(there, "?cbor=true"),
    await enter(there, "?debug=true"),
  ];
  return { sender: await enter(there), neighbours };
}

async function expectNothingNoticed(neighbours: readonly RawClient[]): Promise<void> {
  for (const neighbour of neighbours) expect(await neighbour.drain()).toEqual([]);
}

describe("P10 frames that are too large", () => {
  test("P10 accepts a frame of 1 MiB", async () => {
    const { sender, neighbours } = await room();
    sender.sendText(sized(MAX_MESSAGE_BYTES));
    expect(await sender.next()).toMatchObject({ type: "push", seq: 1 });
    for (const neighbour of neighbours)
      expect(await neighbour.next()).toMatchObject({ type: "push", seq: 1 });
  });

  test.each([
    ["a byte more", MAX_MESSAGE_BYTES + 1],
    ["2 MiB", 2 * MAX_MESSAGE_BYTES],
  ])("P10 answers a frame of %s with an error, and the connection stays open", async (_, bytes) => {
    const { sender, neighbours } = await room();
    sender.sendText(sized(bytes));
    sender.sendBinary(new Uint8Array(bytes));
    for (const error of await sender.nextFrames(2)) {
      expect(error).toMatchObject({ type: "error", code: "too_large" });
      expect(error.message).toContain(String(MAX_MESSAGE_BYTES));
    }
    await expectNothingNoticed(neighbours);
    sender.send(relay("k", "still here"));
    expect(await sender.next()).toMatchObject({ type: "push", seq: 1 });
  });

  test("P10 closes with 1009 for a frame beyond 2 MiB, and other clients notice nothing", async () => {
    const { sender, neighbours } = await room();
    sender.sendText(sized(2 * MAX_MESSAGE_BYTES + 1));
    expect((await sender.ended).code).toBe(CLOSE_TOO_LARGE);
    await expectNothingNoticed(neighbours);
  });

  test("P10 counts all fragments of a message together", async () => {
    const { sender, neighbours } = await room();
    const piece = Buffer.alloc(64 * 1_024, " ");
    for (let sent = 0; sent <= 2 * MAX_MESSAGE_BYTES; sent += piece.length) {
      sender.socket.send(piece, { fin: false, binary: false });
    }
    expect((await sender.ended).code).toBe(CLOSE_TOO_LARGE);
    await expectNothingNoticed(neighbours);
  });

  test("P10 applies the messages before a frame that closes the connection", async () => {
    const { sender, neighbours } = await room();
    sender.send(relay("k", "before"));
    sender.sendText(sized(2 * MAX_MESSAGE_BYTES + 1));
    await sender.ended;
    expect(await neighbours[0]?.drain()).toEqual([{ type: "push", key: "k", value: "before", seq: 1 }]);
  });
});

describe.each(ENGINES)("P2 bursts, %s", (engine) => {
  test("P2 a burst of 5,000 messages is broadcast whole and in order", async () => {
    const server = await TestServer.start(engine);
    const there = await server.newRoom();
    const [sender, json, cbor] = [await enter(there), await enter(there), await enter(there, "?cbor=true")];
    for (let i = 1; i <= 5_000; i++) sender.send(relay("k", i));
    const expected = Array.from({ length: 5_000 }, (_, i) => [i + 1, i + 1]);
    for (const client of [sender, json, cbor]) {
      const frames = await client.nextFrames(5_000);
      expect(frames.map(({ seq, value }) => [seq, value])).toEqual(expected);
      expect(await client.drain()).toEqual([]);
    }
  });

  test("P5 a burst of gets is answered whole and in order", async () => {
    const server = await TestServer.start(engine);
    const client = await enter(await server.newRoom());
    client.send(append("k 7", "x"));
    await client.drain();
    for (let i = 0; i < 2_000; i++) client.send({ type: "get", key: `k ${i}` });
    const inits = await client.drain();
    expect(inits.map(({ key }) => key)).toEqual(Array.from({ length: 2_000 }, (_, i) => `k ${i}`));
    expect(inits.filter(({ data }) => (data as unknown[]).length > 0)).toHaveLength(1);
  });
});

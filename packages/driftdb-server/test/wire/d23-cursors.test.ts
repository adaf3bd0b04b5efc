import { describe, expect, test } from "vitest";
import { get, hold } from "../messages.js";
import type { RawClient } from "../raw-client.js";
import { newCid, session } from "../session.js";
import { TestServer } from "../test-server.js";

const CLIENTS = 20;
const POSITIONS = 60;

/** Bytes of a WebSocket frame's header, for 126 to 65,535 bytes. */
const HEADER_BYTES = 4;

/** Moves a pointer 60 times within a second, and resolves when it stands still. */
function move(client: RawClient, index: number): Promise<void> {
  return new Promise((resolve) => {
    let count = 0;
    const step = () => {
      // Three digits, like most positions on a screen.
      client.send(hold("cursors", { x: 100 + count, y: 200 + index }));
      if (++count < POSITIONS) return;
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(step, 1_000 / POSITIONS);
  });
}

/** Reads all holds of the frames: the number of positions, and the holds at the end. */
function follow({ frames }: RawClient) {
  const held = new Map<number, { from: string; value: unknown }>();
  let positions = 0;
  let last = 0;
  const apply = (from: string | undefined, value: unknown, seq: number, was?: number) => {
    if (from === undefined) throw new Error(`no session holds seq ${was}`);
    expect(seq).toBe(last + 1);
    last = seq;
    positions++;
    if (was !== undefined) held.delete(was);
    held.set(seq, { from, value });
  };
  for (const { type, seq, from, value, holds } of frames) {
    if (type === "push") {
      const was = [...held].find(([, hold]) => hold.from === from)?.[0];
      apply(from as string, value, seq as number, was);
    }
    if (type !== "holds") continue;
    const pairs = holds as unknown[];
    for (let i = 0; i < pairs.length; i += 2) {
      const at = (seq as number) + i / 2;
      const was = at - (pairs[i] as number);
      apply(held.get(was)?.from, pairs[i + 1], at, was);
    }
  }
  return { positions, held: [...held.values()] };
}

describe("D23 20 cursors that move 60 times a second", () => {
  test.each(["", "&cbor=true"])("cost few frames, and few bytes per position (%s)", async (codec) => {
    const server = await TestServer.start("memory", false);
    const room = await server.newRoom();
    const all: { client: RawClient; hello: { [field: string]: unknown } }[] = [];
    for (let i = 0; i < CLIENTS; i++) all.push(await session(room, newCid(), codec));
    for (const { client } of all) {
      client.send(get("cursors"));
      await client.drain();
    }
    const before = all.map(({ client }) => client.raw.length);
    await Promise.all(all.map(({ client }, index) => move(client, index)));
    // The first round waits until each client's own holds are broadcast (D12), the second for those of all.
    for (let round = 0; round < 2; round++) await Promise.all(all.map(({ client }) => client.drain()));

    let frames = 0;
    let bytes = 0;
    for (const [i, { client, hello }] of all.entries()) {
      const { positions, held } = follow(client);
      expect(positions).toBe(CLIENTS * POSITIONS);
      expect(held).toHaveLength(CLIENTS);
      expect(held).toContainEqual({ from: hello.you, value: { x: 159, y: 200 + i } });
      for (const { bytes: frame } of client.raw.slice(before[i])) {
        frames++;
        bytes += frame.length + HEADER_BYTES;
      }
    }
    const delivered = CLIENTS * CLIENTS * POSITIONS;
    console.log(
      `cursors: ${(frames / delivered).toFixed(3)} frames, ${(bytes / delivered).toFixed(1)} bytes a position`,
    );
    expect(frames / delivered).toBeLessThan(0.25);
    expect(bytes / delivered).toBeLessThanOrEqual(30);
  });
});

import { expect, test } from "vitest";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { hocuspocus } from "../dialects/hocuspocus.js";
import { yWebsocket } from "../dialects/y-websocket.js";
import { numberInUpdate, YjsMap } from "./yjs-map.js";

const COUNT = 20_000;

test("a server's document follows every update, broadcasts its number, and does not grow", () => {
  const map = new YjsMap();
  const server = new Doc();
  const broadcast: number[] = [];
  server.on("update", (update: Uint8Array) => broadcast.push(numberInUpdate(Buffer.from(update))));
  const sizes: number[] = [];
  for (let n = 0; n < COUNT; n++) {
    applyUpdate(server, map.set(n, 100));
    if (n === 100 || n === COUNT - 1) sizes.push(encodeStateAsUpdate(server).length);
  }
  expect(broadcast).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  // Only the clocks grow.
  expect((sizes[1] as number) - (sizes[0] as number)).toBeLessThan(10);
});

test.each([hocuspocus, yWebsocket])(
  "$name: recognises a message as a delivery, and finds its number",
  (dialect) => {
    const socket = undefined as never;
    for (let n = 0; n < 1_000; n++) {
      const { payload, binary } = dialect.message("bench", n, 100);
      expect(dialect.isDelivery(payload, binary, socket)).toBe(true);
      expect(dialect.numberOf(payload)).toBe(n);
      expect(payload.length).toBeGreaterThan(100);
    }
  },
);

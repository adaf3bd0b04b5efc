import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { bare } from "../dialects/bare.js";
import { Member } from "./members.js";
import { clientFrame } from "./raw-socket.js";
import { Windows } from "./windows.js";

const SUBSCRIBERS = 3;
const WINDOW = 8;
const BYTES = 200;
const TIME = 50;

/**
 * Makes windows of messages for three subscribers of a server that broadcasts.
 *
 * @param times how often the server sends message `n` to client `i`.
 */
async function windows(times: (n: number, i: number) => number): Promise<Windows> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("message", (data, binary) => {
      let i = 0;
      for (const client of server.clients) {
        for (let left = times(bare.numberOf(data as Buffer), i); left > 0; left--)
          client.send(data, { binary });
        i++;
      }
    });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const members = await Member.joinAll(bare, url, SUBSCRIBERS + 1, () => "room");
  onTestFinished(() => {
    for (const { socket } of members) {
      socket.onClose = () => {};
      socket.destroy();
    }
    server.close();
  });
  const other = members.pop() as Member;
  let n = 0;
  return new Windows({
    receivers: members,
    other,
    awaited: WINDOW * SUBSCRIBERS,
    step: 1,
    bytes: BYTES,
    prepare: () => [
      [
        other,
        Buffer.concat(
          Array.from({ length: WINDOW }, () => clientFrame(bare.message("room", n++, BYTES).payload, false)),
        ),
      ],
    ],
  });
}

test.each([true, false])(
  "counts the deliveries to all subscribers (each one checked: %s)",
  async (checks) => {
    const all = await windows(() => 1);
    const { deliveries, lost, bytes, seconds, p50, p99 } = await all.slice({ time: TIME, checks });
    expect(lost).toBe(0);
    expect(deliveries).toBeGreaterThanOrEqual(WINDOW * SUBSCRIBERS);
    // Deliveries to the sender are not awaited.
    expect(deliveries * (BYTES + 4)).toBeLessThanOrEqual(bytes + WINDOW * (BYTES + 4));
    expect(seconds).toBeGreaterThanOrEqual(TIME / 1_000);
    expect(p50).toBeGreaterThan(0);
    expect(p99).toBeGreaterThanOrEqual(p50);
  },
);

test("counts a message that does not arrive as lost", async () => {
  const all = await windows((n, i) => (n === 12 && i === 1 ? 0 : 1));
  expect((await all.slice({ time: TIME, checks: false })).lost).toBe(1);
});

test("reports a message that arrives twice, where each one is checked", async () => {
  const all = await windows((n, i) => (n === 12 && i === 1 ? 2 : 1));
  expect((await all.slice({ time: TIME, checks: true })).lost).toBeGreaterThanOrEqual(1);
});

test("reports a message that arrives twice with the next slice, where messages are counted", async () => {
  const all = await windows((n, i) => (n === 12 && i === 1 ? 2 : 1));
  const first = await all.slice({ time: TIME, checks: false });
  const second = await all.slice({ time: TIME, checks: false });
  expect(first.lost + second.lost).toBe(1);
});

import { expect, onTestFinished, test, vi } from "vitest";
import { relay } from "../messages.js";
import type { Down } from "../raw-client.js";
import { enter, TestServer } from "../test-server.js";

/** The clock that the server's rates go by stands still until it is advanced. */
function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

const LARGE = "x".repeat(64 * 1_024);

test("P10 a sender beyond the message rate is read more slowly: nothing is refused or lost", async () => {
  const server = await TestServer.start("memory", { messagesPerSecond: 100, messageBurst: 5 });
  const room = await server.newRoom();
  stopTheClock();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  // Of a size that the server reads one at a time.
  for (let i = 0; i < 40; i++) sender.send(relay("k", [i, LARGE]));

  // The burst, and what makes the debt.
  await neighbour.take(6);
  expect(neighbour.frames.length).toBeLessThan(10);
  let advanced = 0;
  while (neighbour.frames.length < 40) {
    vi.advanceTimersByTime(10);
    advanced += 10;
    await new Promise(setImmediate);
  }
  expect(advanced).toBeGreaterThanOrEqual(((40 - 6) / 100) * 1_000);

  const values = (frames: readonly Down[]) => frames.map(({ value }) => (value as [number])[0]);
  const inOrder = Array.from({ length: 40 }, (_, i) => i);
  expect(values(neighbour.frames)).toEqual(inOrder);
  expect(values(await sender.take(40))).toEqual(inOrder);
  expect(sender.socket.readyState).toBe(sender.socket.OPEN);
});

test("P10 a sender beyond the byte rate is read more slowly: nothing is refused or lost", async () => {
  const server = await TestServer.start("memory", { bytesPerSecond: 1_048_576 });
  const room = await server.newRoom();
  stopTheClock();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  // 256 KiB each: the burst of 1 MiB takes three whole ones, with what is around the values.
  const value = LARGE.repeat(4);
  for (let i = 0; i < 12; i++) sender.send(relay(`${i}`, value));

  await neighbour.take(4);
  expect(neighbour.frames.length).toBeLessThan(6);
  let advanced = 0;
  while (neighbour.frames.length < 12) {
    vi.advanceTimersByTime(50);
    advanced += 50;
    await new Promise(setImmediate);
  }
  expect(advanced).toBeGreaterThanOrEqual(1_750);
  expect(neighbour.frames.map(({ key }) => key)).toEqual(Array.from({ length: 12 }, (_, i) => `${i}`));
  expect((await sender.take(12)).every(({ type }) => type === "push")).toBe(true);
});

test("P10 a sender that is read more slowly does not slow its neighbours", async () => {
  const server = await TestServer.start("memory", { messagesPerSecond: 1, messageBurst: 5 });
  const room = await server.newRoom();
  stopTheClock();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  for (let i = 0; i < 40; i++) sender.send(relay("k", LARGE));
  await neighbour.take(6);
  neighbour.send({ type: "ping", nonce: 1 });
  await neighbour.until(({ type }) => type === "pong");
  expect(neighbour.frames.length).toBeLessThan(12);
});

test("P10 small messages beyond the rate all arrive, in order", async () => {
  const server = await TestServer.start("memory", { messagesPerSecond: 2_000, messageBurst: 100 });
  const room = await server.newRoom();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  for (let i = 0; i < 1_000; i++) sender.send(relay("k", i));
  expect((await neighbour.take(1_000)).map(({ value }) => value)).toEqual(
    Array.from({ length: 1_000 }, (_, i) => i),
  );
  expect((await sender.take(1_000)).every(({ type }) => type === "push")).toBe(true);
});

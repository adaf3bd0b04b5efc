import { expect, onTestFinished, test, vi } from "vitest";
import { relay } from "../messages.js";
import type { Down } from "../raw-client.js";
import { enter, TestServer } from "../test-server.js";

/** Stops the clock of the rates. It moves only in `advanceTimersByTime`. */
function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

const LARGE = "x".repeat(64 * 1_024);

test("P10 reads a sender beyond the message rate more slowly, and loses nothing", async () => {
  const server = await TestServer.start("memory", { messagesPerSecond: 100, messageBurst: 5 });
  const room = await server.newRoom();
  stopTheClock();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  // The messages are so large that the server reads one at a time.
  for (let i = 0; i < 40; i++) sender.send(relay("k", [i, LARGE]));

  // The burst, and the message that goes into debt.
  await neighbour.nextFrames(6);
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
  expect(values(await sender.nextFrames(40))).toEqual(inOrder);
  expect(sender.socket.readyState).toBe(sender.socket.OPEN);
});

test("P10 reads a sender beyond the byte rate more slowly, and loses nothing", async () => {
  const server = await TestServer.start("memory", { bytesPerSecond: 1_048_576 });
  const room = await server.newRoom();
  stopTheClock();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  // Each value has 256 KiB. With the rest of the message, the burst of 1 MiB has room for three.
  const value = LARGE.repeat(4);
  for (let i = 0; i < 12; i++) sender.send(relay(`${i}`, value));

  await neighbour.nextFrames(4);
  expect(neighbour.frames.length).toBeLessThan(6);
  let advanced = 0;
  while (neighbour.frames.length < 12) {
    vi.advanceTimersByTime(50);
    advanced += 50;
    await new Promise(setImmediate);
  }
  expect(advanced).toBeGreaterThanOrEqual(1_750);
  expect(neighbour.frames.map(({ key }) => key)).toEqual(Array.from({ length: 12 }, (_, i) => `${i}`));
  expect((await sender.nextFrames(12)).every(({ type }) => type === "push")).toBe(true);
});

test("P10 a sender beyond the rate does not delay other clients", async () => {
  const server = await TestServer.start("memory", { messagesPerSecond: 1, messageBurst: 5 });
  const room = await server.newRoom();
  stopTheClock();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  for (let i = 0; i < 40; i++) sender.send(relay("k", LARGE));
  await neighbour.nextFrames(6);
  neighbour.send({ type: "ping", nonce: 1 });
  await neighbour.until(({ type }) => type === "pong");
  expect(neighbour.frames.length).toBeLessThan(12);
});

test("P10 small messages beyond the rate all arrive, in order", async () => {
  const server = await TestServer.start("memory", { messagesPerSecond: 2_000, messageBurst: 100 });
  const room = await server.newRoom();
  const [sender, neighbour] = [await enter(room), await enter(room)];
  for (let i = 0; i < 1_000; i++) sender.send(relay("k", i));
  expect((await neighbour.nextFrames(1_000)).map(({ value }) => value)).toEqual(
    Array.from({ length: 1_000 }, (_, i) => i),
  );
  expect((await sender.nextFrames(1_000)).every(({ type }) => type === "push")).toBe(true);
});

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { Heartbeat } from "./heartbeat.js";

/** The byte counts of a TCP connection. */
class FakeSocket {
  bytesRead = 0;
  bytesWritten = 0;
}

let heartbeat: Heartbeat;
let fake: FakeWebSocket;
let wire: FakeSocket;

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
  });
  heartbeat = new Heartbeat();
  fake = new FakeWebSocket();
  wire = new FakeSocket();
  watch(fake, wire);
});

/** Watches a socket until it closes, as the server does. */
function watch(socket: FakeWebSocket, wire: FakeSocket): void {
  heartbeat.watch(socket.webSocket, wire);
  socket.once("close", () => heartbeat.unwatch(socket.webSocket));
}
afterEach(() => void vi.useRealTimers());

/** Lets time pass while the client sends something each second. */
function alive(seconds: number, each = () => {}): void {
  for (let i = 0; i < seconds; i++) {
    vi.advanceTimersByTime(1_000);
    wire.bytesRead += 6;
    each();
  }
}

describe("Heartbeat", () => {
  test("S11 pings every 25 s", () => {
    alive(24);
    expect(fake.ping).not.toHaveBeenCalled();
    alive(1);
    expect(fake.ping).toHaveBeenCalledTimes(1);
    alive(75);
    expect(fake.ping).toHaveBeenCalledTimes(4);
  });

  test("S11 cuts a connection after 45 s of silence", () => {
    vi.advanceTimersByTime(44_999);
    expect(fake.terminate).not.toHaveBeenCalled();
    expect(fake.ping).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(fake.terminate).toHaveBeenCalledTimes(1);
  });

  test("S11 keeps a connection open while the client sends something", () => {
    alive(120);
    expect(fake.terminate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(47_500);
    expect(fake.terminate).toHaveBeenCalledTimes(1);
  });

  test("a connection that does not count bytes never counts as silent", () => {
    heartbeat.watch(fake.webSocket, {});
    vi.advanceTimersByTime(300_000);
    expect(fake.terminate).not.toHaveBeenCalled();
    expect(fake.ping).toHaveBeenCalledTimes(12);
  });

  test("S11 a client that is paused because it was too fast does not count as silent", () => {
    fake.isPaused = true;
    vi.advanceTimersByTime(300_000);
    expect(fake.terminate).not.toHaveBeenCalled();
    fake.isPaused = false;
    vi.advanceTimersByTime(47_500);
    expect(fake.terminate).toHaveBeenCalledTimes(1);
  });

  test("S12 closes a client that reads nothing for 10 s, even if it sends", () => {
    alive(5);
    fake.bufferedAmount = 100;
    alive(9);
    expect(fake.close).not.toHaveBeenCalled();
    alive(2);
    expect(fake.closeCode).toBe(4008);
    expect(fake.terminate).not.toHaveBeenCalled();
    alive(2);
    expect(fake.terminate).toHaveBeenCalledTimes(1);
  });

  test("S12 a client makes progress when its unsent bytes shrink, however slowly", () => {
    fake.bufferedAmount = 10_000;
    alive(60, () => {
      fake.bufferedAmount -= 10;
    });
    expect(fake.close).not.toHaveBeenCalled();
    alive(15, () => {
      fake.bufferedAmount += 10;
    });
    expect(fake.closeCode).toBe(4008);
  });

  test("S12 a client that reads a long history is not stuck, though its unsent bytes stay the same", () => {
    wire.bytesWritten = 262_144;
    fake.bufferedAmount = 262_144;
    alive(60, () => {
      wire.bytesWritten += 65_536;
    });
    expect(fake.close).not.toHaveBeenCalled();
    alive(15);
    expect(fake.closeCode).toBe(4008);
  });

  test("watches each socket separately, until it closes", () => {
    const other = new FakeWebSocket();
    watch(other, new FakeSocket());
    alive(60);
    expect(other.terminate).toHaveBeenCalledTimes(1);
    expect(fake.terminate).not.toHaveBeenCalled();
    fake.emit("close", 1000);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100_000);
    expect(fake.terminate).not.toHaveBeenCalled();
    // The next socket starts the timer again.
    const next = new FakeWebSocket();
    watch(next, new FakeSocket());
    vi.advanceTimersByTime(25_000);
    expect(next.ping).toHaveBeenCalledTimes(1);
  });
});

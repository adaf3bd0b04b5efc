import { EventEmitter } from "node:events";
import { vi } from "vitest";
import type { WebSocket } from "ws";
import type { Down } from "./raw-client.js";

/** The parts of a server's WebSocket that connections use. */
export class FakeWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  /** Unsent bytes. `send` adds to them while `stuck` is true. */
  bufferedAmount = 0;
  stuck = false;
  readonly send = vi.fn((data: string | Uint8Array, sent?: () => void) => {
    if (this.stuck) this.bufferedAmount += data.length;
    else sent?.();
  });
  readonly ping = vi.fn();
  readonly close = vi.fn((_code?: number, reason = "") => {
    // ws throws the same error.
    if (Buffer.byteLength(reason) > 123) throw new RangeError("the reason is too long");
    this.readyState = 2;
  });
  readonly terminate = vi.fn(() => {
    this.readyState = 3;
    this.emit("close", 1006);
  });
  readonly pause = vi.fn(() => {
    this.isPaused = true;
  });
  readonly resume = vi.fn(() => {
    this.isPaused = false;
  });

  /** This object with the type that the code under test expects. */
  get webSocket(): WebSocket {
    return this as unknown as WebSocket;
  }

  /** All JSON frames that were sent. */
  get sent(): Down[] {
    return this.send.mock.calls.map(([data]) => JSON.parse(data as string) as Down);
  }

  /** The code with which the server closed the socket, if it did. */
  get closeCode(): number | undefined {
    return this.close.mock.calls[0]?.[0];
  }

  /** A frame from the client. */
  receive(frame: string | Uint8Array): void {
    this.emit("message", Buffer.from(frame), typeof frame !== "string");
  }
}

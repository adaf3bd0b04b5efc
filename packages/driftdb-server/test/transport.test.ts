import { describe, expect, test, vi } from "vitest";
import { Frame } from "../src/frame/frame.js";
import type { Transport } from "../src/frame/transport.js";
import { DEFAULT_LIMITS } from "../src/limits/limits.js";
import { ClientSocket } from "../src/wire/client-socket.js";
import { FakeWebSocket } from "./fake-web-socket.js";
import { FakeWire } from "./fake-wire.js";
import { HibernatingSocket } from "./hibernating-socket.js";
import { payload } from "./test-host.js";
import { type StandardWebSocket, WebSocketTransport } from "./worker/web-socket-transport.js";

/** A transport and its client. */
interface Subject {
  readonly transport: Transport;
  receive(frame: string | Uint8Array): void;
  /** The frames that the transport has sent so far. */
  sent(): unknown[];
  closeCode(): number | undefined;
}

/** The parts of a standard WebSocket that its transport uses. */
class StandardSocket extends EventTarget {
  readyState = 1;
  binaryType = "blob";
  readonly send = vi.fn();
  readonly close = vi.fn((_code?: number, reason = "") => {
    if (Buffer.byteLength(reason) > 123) throw new SyntaxError("the reason is too long");
    this.readyState = 2;
  });

  receive(frame: string | Uint8Array): void {
    const data = typeof frame === "string" ? frame : frame.slice().buffer;
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

const TRANSPORTS: [name: string, make: () => Subject][] = [
  [
    "ClientSocket",
    () => {
      const fake = new FakeWebSocket();
      const wire = new FakeWire();
      return {
        transport: new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS, wire),
        receive: (frame) => fake.receive(frame),
        sent: () => wire.messages.map((text) => JSON.parse(text)),
        closeCode: () => fake.closeCode,
      };
    },
  ],
  [
    "ClientSocket, without a wire",
    () => {
      const fake = new FakeWebSocket();
      return {
        transport: new ClientSocket(fake.webSocket, false, DEFAULT_LIMITS),
        receive: (frame) => fake.receive(frame),
        sent: () => fake.sent,
        closeCode: () => fake.closeCode,
      };
    },
  ],
  [
    "a hibernating transport",
    () => {
      const socket = new HibernatingSocket();
      return {
        transport: socket.transport(),
        receive: (frame) => socket.receive(frame),
        sent: () => socket.sent,
        closeCode: () => socket.closeCode,
      };
    },
  ],
  [
    "a worker's transport",
    () => {
      const socket = new StandardSocket();
      return {
        transport: new WebSocketTransport(socket as unknown as StandardWebSocket, false),
        receive: (frame) => socket.receive(frame),
        sent: () => socket.send.mock.calls.map(([text]) => JSON.parse(text as string)),
        closeCode: () => socket.close.mock.calls[0]?.[0],
      };
    },
  ],
];

const pong = (nonce: number) => Frame.of({ type: "pong", nonce });
const turnEnds = () => new Promise((resolve) => setImmediate(resolve));

describe.each(TRANSPORTS)("%s keeps the transport contract", (_, make) => {
  /** Starts reading, and records the received frames. */
  function read({ transport }: Subject) {
    const frames: [text: string, binary: boolean][] = [];
    const receive = vi.fn((frame: Uint8Array, binary: boolean) => {
      frames.push([Buffer.from(frame).toString(), binary]);
    });
    transport.read({ receive });
    return { frames, receive };
  }

  test("P7 delivers each frame in order, and marks binary ones", () => {
    const subject = make();
    const { frames } = read(subject);
    subject.receive("a");
    subject.receive(Uint8Array.of(98));
    subject.receive("ü");
    expect(frames).toEqual([
      ["a", false],
      ["b", true],
      ["ü", false],
    ]);
  });

  test("D18 delivers nothing while it is paused, and then all frames in order up to the next pause", () => {
    const subject = make();
    const { frames, receive } = read(subject);
    const goOn: (() => void)[] = [];
    receive.mockImplementation((frame, binary) => {
      const text = Buffer.from(frame).toString();
      frames.push([text, binary]);
      if (text === "get") goOn.push(subject.transport.pause());
    });
    for (const frame of ["get", "1", "get", "2", "3"]) subject.receive(frame);
    expect(frames.map(([text]) => text)).toEqual(["get"]);
    goOn.shift()?.();
    expect(frames.map(([text]) => text)).toEqual(["get", "1", "get"]);
    goOn.shift()?.();
    expect(frames.map(([text]) => text)).toEqual(["get", "1", "get", "2", "3"]);
    subject.receive("4");
    expect(frames).toHaveLength(6);
  });

  test("sends frames and histories in order", async () => {
    const { transport, sent } = make();
    const entries = [{ seq: 1, value: payload("v"), snapshot: false }];
    transport.send(pong(1));
    transport.sendInit(Frame.init("k", entries));
    transport.send(pong(2));
    await turnEnds();
    expect(sent()).toEqual([
      { type: "pong", nonce: 1 },
      { type: "init", key: "k", data: [{ value: "v", seq: 1 }] },
      { type: "pong", nonce: 2 },
    ]);
  });

  test("closes after the frames that were sent, and sends nothing more", async () => {
    const { transport, sent, closeCode } = make();
    transport.send(pong(1));
    expect(transport.isOpen).toBe(true);
    transport.close(4001, "taken over");
    expect([transport.isOpen, closeCode()]).toEqual([false, 4001]);
    transport.send(pong(2));
    await turnEnds();
    expect(sent()).toEqual([{ type: "pong", nonce: 1 }]);
  });

  test("calls `sent` once for each frame, even after the close", async () => {
    const { transport } = make();
    transport.close(1013, "come back");
    const calls = [vi.fn(), vi.fn()] as const;
    transport.send(pong(1), calls[0]);
    transport.sendInit(Frame.init("k", []), calls[1]);
    await turnEnds();
    for (const sent of calls) expect(sent).toHaveBeenCalledTimes(1);
  });

  test("S13 closes with a reason of any length", () => {
    const { transport, closeCode } = make();
    transport.close(1013, "the disk ü".repeat(50));
    expect(closeCode()).toBe(1013);
  });
});

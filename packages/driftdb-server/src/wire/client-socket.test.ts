import { json } from "driftdb-protocol";
import { cbor } from "driftdb-protocol/cbor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeWebSocket } from "../../test/fake-web-socket.js";
import { FakeWire, messages } from "../../test/fake-wire.js";
import { Payload } from "../engine/payload.js";
import { Frame } from "../frame/frame.js";
import { DEFAULT_LIMITS, type Limits } from "../limits/limits.js";
import { ClientSocket } from "./client-socket.js";

const MIB = 1_048_576;

let fake: FakeWebSocket;

function open(limits: Partial<Limits> = {}, useCbor = false): ClientSocket {
  return new ClientSocket(fake.webSocket, useCbor, { ...DEFAULT_LIMITS, ...limits });
}

/** A frame of about this size. */
const frameOf = (bytes: number) => Frame.push("k", Payload.of("x".repeat(bytes), false), 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  fake = new FakeWebSocket();
});
afterEach(() => void vi.useRealTimers());

describe("ClientSocket", () => {
  test.each([false, true])("P7 encodes frames in its codec (cbor: %s)", (useCbor) => {
    open({}, useCbor).send(Frame.of({ type: "pong", nonce: 1 }));
    const sent: unknown = fake.send.mock.calls[0]?.[0];
    expect(useCbor ? cbor.decode(sent as Uint8Array) : JSON.parse(sent as string)).toEqual({
      type: "pong",
      nonce: 1,
    });
  });

  test("sends nothing when its socket is closing", () => {
    const socket = open();
    fake.readyState = 2;
    socket.send(Frame.of({ type: "pong" }));
    socket.sendInit(Frame.init("k", []));
    expect(socket.isOpen).toBe(false);
    expect(fake.send).not.toHaveBeenCalled();
  });
});

describe("ClientSocket, on a TCP connection", () => {
  let wire: FakeWire;

  function openOn(useCbor = false): ClientSocket {
    wire = new FakeWire();
    return new ClientSocket(fake.webSocket, useCbor, DEFAULT_LIMITS, wire);
  }

  const turnEnds = () => new Promise((resolve) => setImmediate(resolve));
  const pong = (nonce: number) => Frame.of({ type: "pong", nonce });
  const nonces = () => wire.messages.map((text) => (JSON.parse(text) as { nonce?: number }).nonce);

  test("writes the frames of one turn and its microtasks at the end of the turn, in one write", async () => {
    const socket = openOn();
    socket.send(pong(1));
    queueMicrotask(() => queueMicrotask(() => socket.send(pong(3))));
    socket.send(pong(2));
    expect(wire.writes.length).toBe(0);
    await turnEnds();
    expect(wire.writes.length).toBe(1);
    expect(nonces()).toEqual([1, 2, 3]);
    socket.send(pong(4));
    await turnEnds();
    expect(nonces()).toEqual([1, 2, 3, 4]);
  });

  test("P7 writes frames in its codec", async () => {
    openOn(true).send(pong(1));
    await turnEnds();
    const [first] = messages(Buffer.concat(wire.writes));
    expect(cbor.decode(first as Buffer)).toEqual({ type: "pong", nonce: 1 });
  });

  test("writes more than 64 KiB immediately, and collects the frames after it again", async () => {
    const socket = openOn();
    socket.send(frameOf(65_536));
    expect(wire.writes.length).toBe(1);
    socket.send(pong(1));
    socket.send(pong(2));
    await turnEnds();
    expect(wire.writes.length).toBe(2);
  });

  test("S12 keeps a client that reads, however many bytes one turn sends", async () => {
    const socket = openOn();
    for (let i = 0; i < 64; i++) socket.send(frameOf(MIB / 16 - 1_000));
    for (let i = 0; i < 4_000; i++) socket.send(frameOf(1_000));
    await turnEnds();
    expect(fake.close).not.toHaveBeenCalled();
    expect(wire.messages.length).toBe(4_064);
  });

  test("S12 a history may be unsent for any time, and the usual limit applies after it", async () => {
    const socket = openOn();
    wire.hasRoom = false;
    fake.bufferedAmount = 2 * MIB;
    socket.sendInit(Frame.init("k", []));
    await turnEnds();
    socket.send(pong(1));
    await turnEnds();
    expect(fake.close).not.toHaveBeenCalled();
    wire.hasRoom = true;
    fake.bufferedAmount = 100;
    socket.send(pong(2));
    await turnEnds();
    wire.hasRoom = false;
    fake.bufferedAmount = MIB + 1;
    socket.send(pong(3));
    await turnEnds();
    expect(fake.closeCode).toBe(4008);
  });

  test("close writes the frames that wait, and later frames are dropped", async () => {
    const socket = openOn();
    const sent = vi.fn();
    socket.send(pong(1), sent);
    fake.close.mockImplementationOnce(() => {
      expect(nonces()).toEqual([1]);
      fake.readyState = 2;
    });
    socket.close(4001, "taken over");
    expect(fake.close).toHaveBeenCalledOnce();
    wire.take();
    expect(sent).toHaveBeenCalledOnce();
    socket.send(pong(2));
    await turnEnds();
    expect(nonces()).toEqual([1]);
  });

  test("drops the frames of a turn and calls sent, if the socket closes before the turn ends", async () => {
    const socket = openOn();
    const sent = vi.fn();
    socket.send(pong(1), sent);
    fake.readyState = 2;
    await turnEnds();
    expect(wire.writes).toEqual([]);
    expect(sent).toHaveBeenCalledOnce();
  });

  describe("a long history", () => {
    const entries = Array.from({ length: 2_000 }, (_, i) => ({
      seq: i + 1,
      value: Payload.of("x".repeat(1_000), false),
      snapshot: false,
    }));
    const history = () => Frame.resume("k", { entries, head: 2_000, reset: false, held: [] });
    /** All messages, written to a client that reads. */
    async function all(): Promise<string[]> {
      for (let before = -1; before !== wire.writes.length; ) {
        before = wire.writes.length;
        wire.take();
        await turnEnds();
        await turnEnds();
      }
      return wire.messages;
    }

    test.each([false, true])(
      "is one message, before the frames that were sent later (cbor: %s)",
      async (useCbor) => {
        const socket = openOn(useCbor);
        const sent = vi.fn();
        socket.send(pong(1));
        socket.sendInit(history(), sent);
        socket.send(pong(2));
        socket.send(pong(3));
        expect(sent).not.toHaveBeenCalled();
        await all();
        expect(sent).toHaveBeenCalledOnce();
        const codec = useCbor ? cbor : json;
        const seen = messages(Buffer.concat(wire.writes)).map((bytes) => codec.decode(bytes)) as {
          data?: [];
        }[];
        expect(seen.map((message) => message.data?.length ?? message)).toEqual([
          { type: "pong", nonce: 1 },
          2_000,
          { type: "pong", nonce: 2 },
          { type: "pong", nonce: 3 },
        ]);
      },
    );

    test("D18 is encoded no faster than the client reads it", async () => {
      const socket = openOn();
      const sent = vi.fn();
      socket.sendInit(history(), sent);
      for (let i = 0; i < 20; i++) await turnEnds();
      expect(Buffer.concat(wire.writes).length).toBeLessThan(1_200_000);
      expect(sent).not.toHaveBeenCalled();
      await all();
      expect(sent).toHaveBeenCalledOnce();
    });

    test("S12 counts the frames that wait behind it as unsent", async () => {
      const socket = openOn();
      socket.sendInit(history());
      for (let i = 0; i < 15; i++) socket.send(frameOf(MIB / 16));
      expect(fake.close).not.toHaveBeenCalled();
      socket.send(frameOf(MIB / 16));
      expect(fake.closeCode).toBe(4008);
    });

    test("S12 does not count its own bytes as unsent, however large its values are", async () => {
      const socket = openOn();
      const large = Array.from({ length: 8 }, (_, i) => ({
        seq: i + 1,
        value: Payload.of("x".repeat(700_000), false),
        snapshot: false,
      }));
      socket.sendInit(Frame.init("k", large));
      for (let i = 0; i < 20; i++) await turnEnds();
      fake.bufferedAmount = Buffer.concat(wire.writes).length;
      expect(fake.bufferedAmount).toBeGreaterThan(MIB);
      for (let i = 0; i < 10; i++) socket.send(pong(i));
      expect(fake.close).not.toHaveBeenCalled();
      fake.bufferedAmount = 0;
      expect(await all()).toHaveLength(11);
    });

    test("S12, D18 counts short histories that wait behind it as unsent", () => {
      const socket = openOn();
      socket.sendInit(history());
      for (let i = 0; i < 40; i++) {
        socket.sendInit(
          Frame.init("k", [{ seq: 1, value: Payload.of("x".repeat(60_000), false), snapshot: false }]),
        );
      }
      expect(fake.closeCode).toBe(4008);
    });

    test("D18 delays the next history until the client has read this one", async () => {
      const socket = openOn();
      for (let i = 0; i < 5; i++) socket.sendInit(Frame.init("k", entries.slice(0, 100)));
      for (let i = 0; i < 20; i++) await turnEnds();
      expect(Buffer.concat(wire.writes).length).toBeLessThan(110_000);
      expect(await all()).toHaveLength(5);
    });

    test("is encoded in a later turn than the one that sends it", async () => {
      const socket = openOn();
      const made = vi.spyOn(Payload.prototype, "json", "get");
      socket.sendInit(history());
      expect(made).not.toHaveBeenCalled();
      made.mockRestore();
      expect(await all()).toHaveLength(1);
    });

    test("two histories are sent one after the other", async () => {
      const socket = openOn();
      socket.sendInit(history());
      socket.sendInit(history());
      socket.send(pong(1));
      const seen = await all();
      expect(seen.map((text) => text.slice(0, 14))).toEqual([
        '{"type":"init"',
        '{"type":"init"',
        '{"type":"pong"',
      ]);
    });

    test("ends the connection if it cannot be encoded, and no later frame becomes part of it", async () => {
      const socket = openOn(true);
      const error = vi.spyOn(console, "error").mockImplementation(() => {});
      const damaged = { seq: 2_001, value: Payload.from("{"), snapshot: false };
      const sent = vi.fn();
      const torn = { entries: [...entries, damaged], head: 2_001, reset: false, held: [] };
      socket.sendInit(Frame.resume("k", torn), sent);
      for (let i = 0; i < 40; i++) {
        wire.take();
        await turnEnds();
      }
      expect(wire.destroy).toHaveBeenCalledOnce();
      expect(error).toHaveBeenCalledOnce();
      expect(sent).toHaveBeenCalledOnce();
      error.mockRestore();
    });

    test("stops when its socket closes", async () => {
      const socket = openOn();
      const sent = [vi.fn(), vi.fn()];
      socket.sendInit(history(), sent[0]);
      socket.send(pong(1), sent[1]);
      await turnEnds();
      fake.readyState = 3;
      const { length } = wire.writes;
      expect(length).toBeGreaterThan(0);
      wire.take();
      await turnEnds();
      await turnEnds();
      expect(wire.writes.length).toBe(length);
      for (const call of sent) expect(call).toHaveBeenCalledOnce();
    });
  });
});

describe("ClientSocket, for a client that does not read (S12)", () => {
  beforeEach(() => {
    fake.stuck = true;
  });

  test("is closed with 4008 above 1 MiB of unsent bytes, and no frame is skipped before", () => {
    const socket = open();
    for (let i = 0; i < 15; i++) socket.send(frameOf(MIB / 16));
    expect(fake.close).not.toHaveBeenCalled();
    socket.send(frameOf(MIB / 16));
    expect(fake.closeCode).toBe(4008);
    // The last frame was sent before the close, so the client misses none in between.
    expect(fake.send).toHaveBeenCalledTimes(16);
    socket.send(frameOf(1));
    expect(fake.send).toHaveBeenCalledTimes(16);
  });

  test("is closed once, and cut after 2 s if it does not read the close frame", () => {
    const socket = open();
    socket.send(frameOf(2 * MIB));
    expect(fake.close).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1_999);
    expect(fake.terminate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fake.terminate).toHaveBeenCalledTimes(1);
  });

  test("may leave a history of any size unsent, and 1 MiB more", () => {
    const socket = open();
    socket.sendInit(frameOf(8 * MIB));
    for (let i = 0; i < 15; i++) socket.send(frameOf(MIB / 16));
    expect(fake.close).not.toHaveBeenCalled();
    socket.send(frameOf(MIB / 16));
    expect(fake.closeCode).toBe(4008);
  });

  test("the usual limit applies again when the history was read", () => {
    const socket = open();
    socket.sendInit(frameOf(8 * MIB));
    fake.bufferedAmount = 100;
    socket.send(frameOf(1));
    socket.send(frameOf(MIB));
    expect(fake.closeCode).toBe(4008);
  });

  test("a client that reads is never closed, however many bytes it is sent", () => {
    const socket = open();
    for (let i = 0; i < 64; i++) {
      socket.send(frameOf(MIB / 2));
      fake.bufferedAmount = 0;
    }
    expect(fake.close).not.toHaveBeenCalled();
  });
});

describe("ClientSocket, reading", () => {
  const PING = '{"type":"ping"}';
  const received: string[] = [];

  function reading(limits: Partial<Limits> = {}): ClientSocket {
    received.length = 0;
    const socket = open(limits);
    socket.read({ receive: (frame) => void received.push(Buffer.from(frame).toString()) });
    return socket;
  }

  test("pauses a client that is too fast, and resumes when its debt is paid", () => {
    reading({ messagesPerSecond: 10, messageBurst: 2 });
    fake.receive(PING);
    fake.receive(PING);
    expect(fake.pause).not.toHaveBeenCalled();
    // ws still emits the frames that it has read already.
    for (let i = 0; i < 3; i++) fake.receive(PING);
    expect(fake.pause).toHaveBeenCalledTimes(1);
    expect(received.length).toBe(5);
    vi.advanceTimersByTime(99);
    expect(fake.isPaused).toBe(true);
    vi.advanceTimersByTime(1);
    expect(fake.isPaused).toBe(false);
    // The rest of the debt is two messages, and this one.
    fake.receive(PING);
    vi.advanceTimersByTime(299);
    expect(fake.isPaused).toBe(true);
    vi.advanceTimersByTime(1);
    expect(fake.isPaused).toBe(false);
  });

  test("does not pause for one message of the largest size, but for a second message", () => {
    reading({ bytesPerSecond: 1_024 });
    fake.receive("x".repeat(MIB));
    expect(fake.isPaused).toBe(false);
    fake.receive(PING);
    expect(fake.isPaused).toBe(true);
  });

  test("does not pause a closing socket: the client's close frame has to be read", () => {
    const socket = reading({ messagesPerSecond: 10, messageBurst: 1 });
    fake.readyState = 2;
    socket.pause();
    for (let i = 0; i < 5; i++) fake.receive(PING);
    expect(fake.isPaused).toBe(false);
  });

  test("S10 close resumes reading, and the receiver gets no more frames", () => {
    const socket = reading({ messagesPerSecond: 10, messageBurst: 1 });
    socket.pause();
    for (let i = 0; i < 5; i++) fake.receive(PING);
    expect(fake.isPaused).toBe(true);
    socket.close(4001, "taken over");
    expect(fake.isPaused).toBe(false);
    fake.receive(PING);
    expect(received).toEqual([]);
  });

  test("D18 delivers no frames while it is paused, and then all in order, up to the next pause", () => {
    const socket = open();
    const resume: (() => void)[] = [];
    const frames: string[] = [];
    socket.read({
      receive: (frame) => {
        frames.push(Buffer.from(frame).toString());
        if (frames.at(-1) === "get") resume.push(socket.pause());
      },
    });
    for (const frame of ["get", "1", "get", "2", "3"]) fake.receive(frame);
    expect(frames).toEqual(["get"]);
    expect(fake.isPaused).toBe(true);
    resume.shift()?.();
    expect(frames).toEqual(["get", "1", "get"]);
    expect(fake.isPaused).toBe(true);
    resume.shift()?.();
    expect(frames).toEqual(["get", "1", "get", "2", "3"]);
    expect(fake.isPaused).toBe(false);
  });
});

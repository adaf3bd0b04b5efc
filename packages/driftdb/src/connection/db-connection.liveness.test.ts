import { beforeEach, describe, expect, it, vi } from "vitest";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { append, MODEL_URL } from "../../test/page.js";

eachWithOnePage();

describe("liveness (S11)", () => {
  const pings = () => room.received.filter(({ type }) => type === "ping").length;

  it("pings after 20 s of silence, and again after each answer", () => {
    page.open();
    for (let i = 1; i <= 3; i++) {
      vi.advanceTimersByTime(19_999);
      room.flow();
      expect(pings()).toBe(i - 1);
      vi.advanceTimersByTime(1);
      room.flow();
      expect(pings()).toBe(i);
    }
    expect(room.sockets.length).toBe(1);
  });

  it("counts the 20 s from the newest frame", () => {
    page.open();
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(15_000);
      page.socket.onmessage?.({ data: '{"type":"push","key":"other","value":1,"seq":1}' });
    }
    vi.advanceTimersByTime(19_999);
    room.flow();
    expect(pings()).toBe(0);
    vi.advanceTimersByTime(1);
    room.flow();
    expect(pings()).toBe(1);
  });

  it("drops a socket that does not answer within 8 s", () => {
    page.open();
    vi.advanceTimersByTime(27_999);
    expect(page.db.status.connected).toBe(true);
    vi.advanceTimersByTime(1);
    expect(page.db.status).toEqual({ connected: false, reason: "reconnecting" });
    expect(page.socket.state).toBe("closed");
  });

  it("drops a socket that acknowledges nothing, and sends the message again", () => {
    page.open();
    page.socket.stalled = true;
    page.db.send(append("k", 1));
    vi.advanceTimersByTime(28_000);
    expect(page.db.status.connected).toBe(false);
    page.redial();
    room.flow();
    expect(room.values("k")).toEqual([1]);
  });

  it("drops a dead socket despite more messages and latency tests", () => {
    page.open();
    page.socket.stalled = true;
    for (let i = 0; i < 8; i++) {
      page.db.send(append("k", i));
      void page.db.testLatency();
      vi.advanceTimersByTime(1_000);
    }
    expect(page.db.status.connected).toBe(false);
  });

  it("counts any frame as a sign of life, and waits for a slow answer", () => {
    page.open();
    void page.db.testLatency();
    const { socket } = page;
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(7_000);
      socket.onmessage?.({ data: '{"type":"push","key":"other","value":1,"seq":1}' });
    }
    expect(page.db.status.connected).toBe(true);
    vi.advanceTimersByTime(8_000);
    expect(page.db.status.connected).toBe(false);
  });

  it("gives up on a dial after 20 s", () => {
    void page.db.connect(MODEL_URL);
    vi.advanceTimersByTime(20_000);
    expect(page.socket.state).toBe("closed");
    page.redial();
    expect(room.sockets.length).toBe(2);
  });

  describe("when the page wakes up", () => {
    const listeners = new Map<string, () => void>();

    beforeEach(() => {
      vi.stubGlobal("addEventListener", (name: string, listener: () => void) =>
        listeners.set(name, listener),
      );
      vi.stubGlobal("removeEventListener", (name: string) => listeners.delete(name));
    });

    it.each(["online", "pageshow", "visibilitychange"])("at %s: pings, and waits 3 s", (name) => {
      page.open();
      listeners.get(name)?.();
      vi.advanceTimersByTime(2_999);
      expect(page.db.status.connected).toBe(true);
      vi.advanceTimersByTime(1);
      expect(page.db.status.connected).toBe(false);
    });

    it("keeps a socket that answers", () => {
      page.open();
      listeners.get("online")?.();
      room.flow();
      vi.advanceTimersByTime(19_000);
      expect(page.db.status.connected).toBe(true);
    });

    it("dials immediately while it waits for a retry", () => {
      page.open();
      vi.spyOn(Math, "random").mockReturnValue(0.99);
      page.socket.end();
      listeners.get("online")?.();
      expect(room.sockets.length).toBe(2);
      vi.restoreAllMocks();
    });

    it("does nothing while the page is hidden", () => {
      page.open();
      vi.stubGlobal("document", { hidden: true });
      listeners.get("visibilitychange")?.();
      room.flow();
      expect(room.received).toEqual([]);
    });

    it("listens only between connect() and disconnect()", () => {
      page.open();
      expect(listeners.size).toBe(4);
      page.db.disconnect();
      expect(listeners.size).toBe(0);
    });
  });
});

describe("testLatency()", () => {
  it("is the time to the pong", async () => {
    page.open();
    const latency = page.db.testLatency();
    vi.advanceTimersByTime(120);
    room.flow();
    expect(await latency).toBe(120);
  });

  it("is null without a connection, and when the connection is lost", async () => {
    expect(await page.db.testLatency()).toBe(null);
    page.open();
    const latency = page.db.testLatency();
    page.socket.end();
    expect(await latency).toBe(null);
  });
});

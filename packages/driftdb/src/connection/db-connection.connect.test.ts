import { describe, expect, it, vi } from "vitest";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { MODEL_URL, turn, watch } from "../../test/page.js";
import { ConnectionRefusedError, ForbiddenError } from "../errors.js";
import type { WebSocketConstructor } from "../wire/web-socket.js";
import type { ConnectionStatus } from "./connection-status.js";
import { DbConnection } from "./db-connection.js";

eachWithOnePage();

describe("connect()", () => {
  it("resolves when the connection is open, with one promise for all calls", async () => {
    const first = page.db.connect(MODEL_URL);
    const watched = watch(first);
    expect(page.db.connect(MODEL_URL)).toBe(first);
    await turn();
    expect(watched.outcome).toBe("pending");
    room.flow();
    await first;
    expect(page.db.connect(MODEL_URL)).toBe(first);
    expect(room.sockets.length).toBe(1);
  });

  it("stays pending through retries", async () => {
    const watched = watch(page.db.connect(MODEL_URL));
    for (let i = 0; i < 3; i++) {
      page.socket.end();
      await turn();
      expect(watched.outcome).toBe("pending");
      page.redial();
    }
    room.flow();
    await turn();
    expect(watched.outcome).toEqual(["resolved", undefined]);
  });

  it("rejects when disconnect() comes first", async () => {
    const watched = watch(page.db.connect(MODEL_URL));
    page.db.disconnect();
    await turn();
    expect(watched.outcome).toMatchObject({ code: "connection_disconnected" });
  });

  it("rejects when the server refuses, and does not dial again (S13)", async () => {
    const watched = watch(page.db.connect(MODEL_URL));
    page.socket.open();
    page.socket.end(4003);
    await turn();
    expect(watched.outcome).toEqual(["resolved", undefined]);
    const again = watch(page.db.connect(MODEL_URL));
    page.socket.end(4003);
    await turn();
    expect(again.outcome).toBeInstanceOf(ForbiddenError);
    expect(again.outcome).toMatchObject({ code: "connection_refused", status: 4003 });
    expect(page.db.status).toEqual({ connected: false, reason: "refused", error: again.outcome });
    vi.advanceTimersByTime(60_000);
    expect(room.sockets.length).toBe(2);
  });

  it("says what to do where there is no WebSocket", () => {
    vi.stubGlobal("WebSocket", undefined);
    expect(() => new DbConnection().connect(MODEL_URL)).toThrow(/websocketConstructor/);
  });

  it("uses the global WebSocket, without `window` and `document`", () => {
    vi.stubGlobal("WebSocket", page.endpoint.WebSocket);
    const plain = new DbConnection();
    void plain.connect(MODEL_URL);
    room.flow();
    expect(plain.status.connected).toBe(true);
    plain.disconnect();
  });

  it("gives up on a URL that the constructor refuses", async () => {
    const error = new SyntaxError("not a WebSocket URL");
    const Refusing = class {
      constructor() {
        throw error;
      }
    } as unknown as WebSocketConstructor;
    const db = new DbConnection({ websocketConstructor: Refusing });
    const errors: unknown[] = [];
    db.errorListener.addListener((reported) => errors.push(reported));
    const watched = watch(db.connect(MODEL_URL));
    await turn();
    expect(watched.outcome).toBeInstanceOf(ConnectionRefusedError);
    expect(errors).toEqual([error]);
    db.disconnect();
  });
});

describe("the status", () => {
  it("says why there is no connection, and is the same object until it changes", () => {
    const seen: ConnectionStatus[] = [page.db.status];
    page.db.statusListener.addListener((status) => {
      expect(status).toBe(page.db.status);
      seen.push(status);
    });
    void page.db.connect(MODEL_URL);
    page.socket.end();
    page.redial();
    page.socket.open();
    page.socket.end();
    page.redial();
    page.socket.open();
    page.db.disconnect();
    page.db.disconnect();
    expect(seen).toEqual([
      { connected: false, reason: "idle" },
      { connected: false, reason: "connecting" },
      { connected: true },
      { connected: false, reason: "reconnecting" },
      { connected: true },
      { connected: false, reason: "disconnected" },
    ]);
  });

  it("is a store", () => {
    const seen: ConnectionStatus[] = [];
    const undo = page.db.statusListener.subscribe((status) => seen.push(status));
    expect(page.db.statusListener.getSnapshot()).toBe(page.db.status);
    page.open();
    undo();
    page.db.disconnect();
    expect(seen.map(({ connected, reason }) => reason ?? connected)).toEqual(["idle", "connecting", true]);
  });

  it("stays consistent when a listener disconnects immediately", async () => {
    const seen: unknown[] = [];
    page.db.statusListener.addListener((status) => {
      if (status.connected) page.db.disconnect();
    });
    page.db.statusListener.addListener(() => seen.push(page.db.status.reason));
    await Promise.all([page.db.connect(MODEL_URL), turn().then(() => page.socket.open())]);
    expect(seen.at(-1)).toBe("disconnected");
  });
});

describe("disconnect()", () => {
  it("is final: the old socket is ignored, and no new one is dialled", () => {
    page.open();
    const seen: unknown[] = [];
    page.db.subscribe("k", ({ value }) => seen.push(value));
    room.flow();
    const { socket } = page;
    const late = socket.onmessage;
    page.db.disconnect();
    late?.({ data: '{"type":"push","key":"k","value":1,"seq":1}' });
    vi.advanceTimersByTime(60_000);
    expect(seen).toEqual([]);
    expect(room.sockets.length).toBe(1);
  });

  it("keeps subscriptions, made before or after, for the next connect()", () => {
    page.open();
    const before: unknown[] = [];
    const after: unknown[] = [];
    page.db.subscribe("k", ({ value }) => before.push(value));
    room.flow();
    room.push("k", 1);
    room.flow();
    page.db.disconnect();
    room.push("k", 2);
    page.db.subscribe("k", ({ value }) => after.push(value));
    page.open();
    room.push("k", 3);
    room.flow();
    expect(before).toEqual([1, 2, 3]);
    expect(after).toEqual([1, 2, 3]);
  });

  it("works before connect(), too", () => {
    page.db.disconnect();
    expect(page.db.status).toEqual({ connected: false, reason: "disconnected" });
    page.open();
    expect(page.db.status.connected).toBe(true);
  });
});

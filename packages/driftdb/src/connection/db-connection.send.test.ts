import { describe, expect, it, vi } from "vitest";
import { eachWithOnePage, page, room } from "../../test/one-page.js";
import { append, MODEL_URL } from "../../test/page.js";
import { DbConnection } from "./db-connection.js";

eachWithOnePage();

describe("send()", () => {
  it("queues pushes without a connection, in order; gets, relays and pings are dropped", () => {
    page.db.send(append("k", 1));
    page.db.send({ type: "push", key: "k", value: "relay", action: { type: "relay" } });
    page.db.send({ type: "ping" });
    page.db.send({ type: "get", key: "k" });
    page.db.send(append("k", 2));
    page.open();
    const types = room.received.map(({ type }) => type);
    expect(types.filter((type) => type !== "ping")).toEqual(["push", "push"]);
    expect(room.values("k")).toEqual([1, 2]);
    expect(room.history.length).toBe(2);
  });

  it("throws for a message that breaks a rule, and stays usable", () => {
    page.open();
    expect(() => page.db.send(append("k", undefined))).toThrow(
      expect.objectContaining({ code: "bad_value" }),
    );
    expect(() => page.db.send(append("k", Number.NaN))).toThrow(
      expect.objectContaining({ code: "bad_value" }),
    );
    expect(() => page.db.send(append("k", "x".repeat(1_048_576)))).toThrow(
      expect.objectContaining({ code: "too_large" }),
    );
    page.db.send(append("k", 1));
    room.flow();
    expect(room.values("k")).toEqual([1]);
    expect(page.db.status.connected).toBe(true);
  });

  it("sends a value as it was at the call, even if it changes while it waits", () => {
    page.open();
    page.db.disconnect();
    const value = { n: 1 };
    page.db.send(append("k", value));
    value.n = 2;
    page.open();
    expect(room.values("k")).toEqual([{ n: 1 }]);
  });

  it("delivers the answer to a get to listeners that lack it, and the frame to messageListener", () => {
    room.push("k", 1);
    page.open();
    const seen: unknown[] = [];
    const frames: unknown[] = [];
    page.db.subscribe("k", ({ value }) => seen.push(value));
    room.flow();
    page.db.messageListener.addListener((message) => frames.push(message));
    page.db.send({ type: "get", key: "k", seq: 0 });
    room.push("k", 2);
    room.flow();
    expect(seen).toEqual([1, 2]);
    const init = expect.objectContaining({ type: "init", key: "k" });
    expect(frames.filter((frame) => init.asymmetricMatch(frame)).length).toBe(1);
  });

  it("queues thousands without a deep stack", () => {
    for (let i = 0; i < 20_000; i++) {
      page.db.send({ type: "push", key: "k", value: i, action: { type: "replace" } });
    }
    void page.db.connect(MODEL_URL);
    page.socket.open();
    expect(page.socket.up.length).toBe(256);
    expect(page.db.sync.getSnapshot().pending).toBe(20_000);
  });
});

describe("an error that no call can throw", () => {
  it("goes to errorListener", () => {
    page.open();
    for (const data of ["{", '{"type":"error","message":"no","code":"too_much"}']) {
      page.socket.onmessage?.({ data });
    }
    expect(page.errors).toEqual([
      expect.any(SyntaxError),
      expect.objectContaining({ code: "too_much", message: "no" }),
    ]);
    expect(page.db.status.connected).toBe(true);
  });

  it("goes to the console without a listener", () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const plain = new DbConnection({ websocketConstructor: page.endpoint.WebSocket });
    void plain.connect(MODEL_URL);
    room.flow();
    page.socket.onmessage?.({ data: "{" });
    expect(log).toHaveBeenCalledWith(expect.any(SyntaxError));
    plain.disconnect();
    log.mockRestore();
  });

  it("of a listener stops neither the stream nor the other listeners", () => {
    room.push("k", 1);
    room.push("k", 2);
    page.open();
    const error = new Error("mine");
    const calls: unknown[] = [];
    page.db.subscribe("k", ({ value }) => {
      calls.push(["bad", value]);
      throw error;
    });
    page.db.subscribe("k", ({ value }) => calls.push(["good", value]));
    room.flow();
    expect(calls.length).toBe(4);
    expect(page.errors).toEqual([error, error]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { MODEL_URL, type Page, useModelTime } from "../../test/page.js";

let room: ModelRoom;
let page: Page;

beforeEach(async () => {
  useModelTime();
  room = new ModelRoom();
  // New modules, in which the codec is not loaded yet.
  vi.resetModules();
  page = new (await import("../../test/page.js")).Page(room);
});

afterEach(() => {
  page.db.disconnect();
  vi.useRealTimers();
  vi.doUnmock("driftdb-protocol/cbor");
});

/** What was dialled, without what makes it a session. */
const dialled = () => room.sockets.map(({ url }) => url.replace(/[?&]v=2&cid=[\w-]+/, ""));

const loaded = () => vi.dynamicImportSettled();

describe("with CBOR (P7)", () => {
  it("a disconnect() while the codec loads cancels the dial", async () => {
    void page.db.connect(MODEL_URL, true);
    page.db.disconnect();
    await loaded();
    expect(dialled()).toEqual([]);
  });

  it("a disconnect() and connect() while the codec loads dial one socket", async () => {
    for (let i = 0; i < 3; i++) {
      page.db.disconnect();
      void page.db.connect(MODEL_URL, true);
    }
    await loaded();
    expect(dialled()).toEqual([`${MODEL_URL}?cbor=true`]);
  });

  it.each(["", "?cbor=true", "?cbor=true?cbor=true"])(
    "cbor=true is there once, also after %j and reconnects",
    async (query) => {
      void page.db.connect(MODEL_URL + query, true);
      await loaded();
      page.socket.open();
      page.reconnect();
      const url = `${MODEL_URL}?cbor=true`;
      expect(dialled()).toEqual([url, url]);
    },
  );

  it("a URL that asks for CBOR is enough", async () => {
    void page.db.connect(`${MODEL_URL}?x=1&cbor=true`);
    await loaded();
    page.socket.open();
    page.db.send({ type: "push", key: "k", value: new Uint8Array([1]), action: { type: "append" } });
    expect(dialled()).toEqual([`${MODEL_URL}?x=1&cbor=true`]);
    expect(page.socket.frames[0]).toBeInstanceOf(Uint8Array);
  });

  it("messages that are sent while the codec loads wait for it, with their bytes", async () => {
    void page.db.connect(MODEL_URL, true);
    page.db.send({ type: "push", key: "k", value: new Uint8Array(500_000), action: { type: "append" } });
    await loaded();
    page.socket.open();
    expect(page.socket.frames[0]).toMatchObject({ length: expect.any(Number) });
    expect((page.socket.frames[0] as Uint8Array).length).toBeLessThan(501_000);
  });

  it("connects again when the codec could not be loaded", async () => {
    let fail = true;
    vi.doMock("driftdb-protocol/cbor", async (load) => {
      if (fail) throw new TypeError("Failed to fetch dynamically imported module");
      return load();
    });
    void page.db.connect(MODEL_URL, true);
    await loaded();
    await vi.waitUntil(() => page.errors.length === 1);
    expect(dialled()).toEqual([]);
    fail = false;
    vi.resetModules();
    vi.advanceTimersByTime(1_000);
    await loaded();
    await vi.waitUntil(() => dialled().length === 1);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelRoom } from "../test/model-room.js";
import { MODEL_URL, Page, useModelTime } from "../test/page.js";

let room: ModelRoom;
let page: Page;

beforeEach(() => {
  useModelTime();
  room = new ModelRoom();
  page = new Page(room);
});

afterEach(() => {
  page.db.disconnect();
  vi.useRealTimers();
});

const dialled = () => room.sockets.map(({ url }) => url);

/** Lets the chunk with the codec load. Each test file has modules of its own, so it is not there before. */
const loaded = () => import("driftdb-protocol/cbor").then(() => vi.dynamicImportSettled());

describe("with CBOR (P7)", () => {
  it("nothing is dialled for a connect() that was taken back while the codec loaded", async () => {
    void page.db.connect(MODEL_URL, true);
    page.db.disconnect();
    await loaded();
    expect(dialled()).toEqual([]);
  });

  it("one socket is dialled for several, with cbor=true once, whatever the URL has already", async () => {
    for (const url of [MODEL_URL, `${MODEL_URL}?cbor=true`, `${MODEL_URL}?cbor=true?cbor=true`]) {
      room.sockets.length = 0;
      void page.db.connect(url, true);
      void page.db.connect(url, true);
      page.db.disconnect();
      void page.db.connect(url, true);
      await loaded();
      expect(dialled()).toEqual([`${MODEL_URL}?cbor=true`]);
      page.db.disconnect();
    }
  });

  it("a URL that asks for it is enough", async () => {
    void page.db.connect(`${MODEL_URL}?x=1&cbor=true`);
    await loaded();
    page.socket.open();
    page.db.send({ type: "push", key: "k", value: new Uint8Array([1]), action: { type: "append" } });
    expect(dialled()).toEqual([`${MODEL_URL}?x=1&cbor=true`]);
    expect(page.socket.frames[0]).toBeInstanceOf(Uint8Array);
  });
});

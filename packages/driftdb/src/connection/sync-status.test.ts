import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ModelRoom } from "../../test/model-room.js";
import { append, Page, useModelTime } from "../../test/page.js";
import { type SyncStatus, warnBeforeUnload } from "./sync-status.js";

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
  vi.unstubAllGlobals();
});

it("shows how many messages are unacknowledged, and when the last ack arrived, as one object until a change", () => {
  const { sync } = page.db;
  const seen: SyncStatus[] = [];
  sync.subscribe((status) => seen.push(status));
  page.open();
  page.db.send(append("k", 1));
  const saving = sync.getSnapshot();
  page.db.subscribe("k", () => {});
  expect(sync.getSnapshot()).toBe(saving);
  room.flow();
  page.db.disconnect();
  page.db.send(append("k", 2));
  const lastAck = Date.now();
  expect(seen).toEqual([
    { pending: 0, lastAck: null, state: "offline" },
    { pending: 0, lastAck: null, state: "synced" },
    { pending: 1, lastAck: null, state: "saving" },
    { pending: 0, lastAck, state: "synced" },
    { pending: 0, lastAck, state: "offline" },
    { pending: 1, lastAck, state: "offline" },
  ]);
});

it("a cancelled message is no longer pending", () => {
  const { sync } = page.db;
  const undo = page.db.session.send({ type: "push", key: "k", value: 1, action: { type: "append" } }, () =>
    expect.unreachable("it was taken back"),
  );
  expect(sync.getSnapshot().pending).toBe(1);
  undo();
  expect(sync.getSnapshot().pending).toBe(0);
  page.open();
  expect(room.history).toEqual([]);
});

it("the warning before the page is left exists only while messages are pending", () => {
  const target = new EventTarget();
  const listening = vi.fn(target.addEventListener.bind(target));
  vi.stubGlobal("addEventListener", listening);
  vi.stubGlobal("removeEventListener", target.removeEventListener.bind(target));
  const leave = () => {
    const event = new Event("beforeunload", { cancelable: true });
    target.dispatchEvent(event);
    return event.defaultPrevented ? "asks" : "leaves";
  };
  const undo = warnBeforeUnload(page.db);
  expect(leave()).toBe("leaves");
  page.db.send(append("k", 1));
  expect(leave()).toBe("asks");
  page.open();
  expect(leave()).toBe("leaves");
  page.db.disconnect();
  page.db.send(append("k", 2));
  expect(leave()).toBe("asks");
  undo();
  expect(leave()).toBe("leaves");
});
